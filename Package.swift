// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "linli",
    products: [],
    dependencies: [],
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
        .target(name: "Telemetry", dependencies: ["Execution", "Metering"]),

        // Level 3: edges. Everything that blocks, opens or listens.
        .target(name: "LinuxSystem", dependencies: ["CLinux", "Execution"]),
        .target(name: "ModbusTransport", dependencies: ["CLinux", "CModbus", "Execution", "Modbus"]),
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
