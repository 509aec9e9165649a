// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "linli",
    products: [],
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // Level 0: C libraries, one module map each, from Debian's -dev packages.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(
            name: "CModbus", pkgConfig: "libmodbus", providers: [.apt(["libmodbus-dev"])]),
        .systemLibrary(
            name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // Level 1: values. No I/O, no clocks, no logging.
        .target(name: "Execution", dependencies: ["CLinux"]),
        .target(name: "Metering", dependencies: ["Execution"]),
        .target(name: "Modbus", dependencies: ["Execution"]),

        // Level 2: documents. Validated once, on the way in.
        .target(
            name: "Documents",
            dependencies: ["Execution", "Metering", .product(name: "Yams", package: "Yams")]),
        .target(
            name: "DeviceProfiles", dependencies: ["Documents", "Execution", "Metering", "Modbus"],
            resources: [.copy("Profiles")]),
        .target(
            name: "Telemetry",
            dependencies: [
                "CZstd", "Execution", "Metering",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Schema/README.md", "Schema/batch.proto"]),

        // Level 3: edges. Everything that blocks, opens or listens.
        .target(name: "LinuxSystem", dependencies: ["CLinux", "Execution"]),
        .target(name: "ModbusTransport", dependencies: ["CModbus", "Execution", "Modbus"]),

        // Level 4: services. State machines and the actors that carry them out.
        .target(
            name: "DevicePolling", dependencies: ["DeviceProfiles", "Execution", "Metering", "Modbus"]),

        .testTarget(
            name: "TelemetryTests", dependencies: ["Execution", "Metering", "Telemetry"]),
        .testTarget(
            name: "ModbusTransportTests",
            dependencies: ["Execution", "LinuxSystem", "Modbus", "ModbusTransport"]),
        .testTarget(
            name: "DevicePollingTests",
            dependencies: ["DevicePolling", "DeviceProfiles", "Execution", "Metering", "Modbus"]),
    ]
)

// The settings of every Swift target, in one place.
for target in package.targets where ![.system, .plugin].contains(target.type) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),  // SE-0335
        .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
        .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
        .treatAllWarnings(as: .error),  // SE-0480
    ]
}
