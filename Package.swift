// swift-tools-version: 6.2
import PackageDescription

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "linli",
    products: [],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // Level 0: C libraries, one module map each, from Debian's -dev packages.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(
            name: "CGPIOD", pkgConfig: "libgpiod", providers: [.apt(["libgpiod-dev"])]),
        .systemLibrary(
            name: "CModbus", pkgConfig: "libmodbus", providers: [.apt(["libmodbus-dev"])]),
        .systemLibrary(
            name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // Level 1: values. No I/O, no clocks, no logging.
        .target(name: "Execution", dependencies: ["CLinux"]),
        .target(name: "GPIO", dependencies: ["Execution"]),
        .target(name: "SolarTime", dependencies: ["Execution"]),
        .target(name: "MQTT"),
        .target(name: "Metering", dependencies: ["Execution"]),
        .target(name: "Modbus", dependencies: ["Execution"]),

        // Level 2: documents. Validated once, on the way in.
        .target(name: "Documents", dependencies: ["Execution", "Metering", yams]),
        .target(
            name: "DeviceProfiles", dependencies: ["Documents", "Execution", "Metering", "Modbus"],
            resources: [.copy("Profiles")]),
        .target(
            name: "SiteConfiguration",
            dependencies: [
                "DeviceProfiles", "Documents", "Execution", "GPIO", "MQTT", "Metering", "Modbus",
            ]),
        .target(name: "MaintenanceAPI", dependencies: ["Execution", "Metering", "Modbus"]),
        .target(
            name: "Telemetry", dependencies: ["CZstd", "Execution", "MQTT", "Metering", protobuf],
            exclude: ["Schema/README.md", "Schema/batch.proto"],
            resources: [.embedInCode("Schema/vocabulary.txt")]),

        .target(name: "Receiving", dependencies: ["Execution", "Telemetry"]),

        // Level 3: edges. Everything that blocks, opens or listens.
        .target(name: "LinuxGPIO", dependencies: ["CGPIOD", "CLinux", "Execution", "GPIO"]),
        .target(name: "LinuxSystem", dependencies: ["CLinux", "Execution", logging]),
        .target(
            name: "Maintenance",
            dependencies: [
                "Execution", "MaintenanceAPI", "Metering", httpTypes, hummingbird, logging, nioCore,
                serviceLifecycle,
            ]),
        .target(
            name: "ModbusTransport", dependencies: ["CLinux", "CModbus", "Execution", "Modbus"]),
        .target(
            name: "MQTTUplink", dependencies: ["COpenSSL", "Execution", "MQTT", "Telemetry"]),
        .target(
            name: "Persistence",
            dependencies: ["CLinux", "Execution", "Metering", "Telemetry", grdb, grdbSQLite]),
        .target(
            name: "Simulation",
            dependencies: [
                "CLinux", "CMosquitto", "DeviceProfiles", "Execution", "GPIO", "Metering", "Modbus",
                "Receiving", "SiteConfiguration", "Telemetry",
            ]),

        // Level 4: services. State machines, the actors that carry them out, and their reports.
        .target(
            name: "Recording",
            dependencies: [
                "DeviceProfiles", "Execution", "LinuxSystem", "MaintenanceAPI", "Metering",
                "Persistence", "SiteConfiguration", "Telemetry", logging,
            ]),
        .target(
            name: "FieldLines",
            dependencies: [
                "DeviceProfiles", "Execution", "GPIO", "LinuxGPIO", "MaintenanceAPI", "Metering",
                "Modbus", "SiteConfiguration", logging,
            ]),
        .target(
            name: "DevicePolling",
            dependencies: [
                "DeviceProfiles", "Execution", "MaintenanceAPI", "Metering", "Modbus",
                "ModbusTransport", "SiteConfiguration", "Telemetry",
            ]),
        .target(
            name: "Delivery",
            dependencies: [
                "DeviceProfiles", "Execution", "MQTT", "MaintenanceAPI", "Metering", "Persistence",
                "SiteConfiguration", "Telemetry",
            ]),
        .target(
            name: "AccessControl",
            dependencies: [
                "Execution", "GPIO", "LinuxSystem", "MaintenanceAPI", "Persistence",
                "SiteConfiguration", "Telemetry", crypto, logging,
            ]),
        .target(
            name: "Alarms",
            dependencies: [
                "Execution", "GPIO", "LinuxSystem", "MaintenanceAPI", "Metering",
                "SiteConfiguration", "Telemetry",
            ]),
        .target(
            name: "Charging",
            dependencies: [
                "DeviceProfiles", "Execution", "GPIO", "LinuxSystem", "MaintenanceAPI", "Metering",
                "SiteConfiguration", "Telemetry",
            ]),
        .target(
            name: "Lighting",
            dependencies: [
                "DeviceProfiles", "Execution", "GPIO", "LinuxSystem", "MaintenanceAPI", "Metering",
                "SiteConfiguration", "SolarTime", "Telemetry",
            ]),

        // Level 5: composition. The only target that sees all services.
        .target(
            name: "Gateway",
            dependencies: [
                "AccessControl", "Alarms", "Charging", "Delivery", "DevicePolling",
                "DeviceProfiles", "Documents", "Execution", "FieldLines", "GPIO", "Lighting",
                "LinuxGPIO", "LinuxSystem", "MQTTUplink", "Maintenance", "MaintenanceAPI",
                "Metering", "Modbus", "ModbusTransport", "Persistence", "Recording",
                "SiteConfiguration", "Telemetry",
                logging,
                serviceLifecycle,
            ]),

        // Level 6: executables.
        .executableTarget(
            name: "linlid",
            dependencies: [
                "Documents", "Gateway", "LinuxSystem", "Maintenance", "MaintenanceAPI",
                "SiteConfiguration",
                argumentParser, logging, serviceLifecycle, unixSignals,
            ]),
        .executableTarget(
            name: "linli",
            dependencies: [
                "DeviceProfiles", "Documents", "Execution", "LinuxSystem", "MaintenanceAPI",
                "Metering",
                "Modbus", "ModbusTransport", "SiteConfiguration", argumentParser, asyncHTTPClient,
                nioCore, nioHTTP1,
            ]),
        .executableTarget(
            name: "linli-sim",
            dependencies: [
                "DeviceProfiles", "Documents", "Execution", "LinuxSystem", "Receiving",
                "Simulation", "SiteConfiguration", argumentParser, unixSignals,
            ]),

        .target(name: "TestSupport", dependencies: ["Execution"], path: "Tests/TestSupport"),
        .testTarget(
            name: "AccessControlTests",
            dependencies: [
                "AccessControl", "Execution", "GPIO", "Persistence", "SiteConfiguration",
                "Telemetry", "TestSupport",
                crypto,
            ]),
        .testTarget(
            name: "AlarmsTests",
            dependencies: [
                "Alarms", "DeviceProfiles", "Execution", "GPIO", "Metering", "Modbus",
                "SiteConfiguration", "Telemetry", "TestSupport",
            ]),
        .testTarget(
            name: "ExecutionTests", dependencies: ["Execution", "LinuxSystem", "TestSupport"]),
        .testTarget(
            name: "ChargingTests",
            dependencies: [
                "Charging", "DeviceProfiles", "Execution", "GPIO", "Metering", "Modbus",
                "SiteConfiguration", "Telemetry", "TestSupport",
            ]),
        .testTarget(
            name: "DeliveryTests",
            dependencies: [
                "Delivery", "Execution", "MQTT", "Metering", "Telemetry", "TestSupport",
            ]),
        .testTarget(
            name: "DevicePollingTests",
            dependencies: [
                "DevicePolling", "DeviceProfiles", "Execution", "Metering", "Modbus",
                "ModbusTransport",
            ]),
        .testTarget(
            name: "RecordingTests",
            dependencies: [
                "Execution", "Metering", "Persistence", "Recording", "Telemetry", "TestSupport",
                logging,
            ]),
        .testTarget(
            name: "FieldLinesTests",
            dependencies: [
                "Execution", "FieldLines", "GPIO", "LinuxSystem", "Metering",
                "SiteConfiguration", "TestSupport",
            ]),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "AccessControl", "Alarms", "CLinux", "Charging", "Execution", "GPIO", "Gateway",
                "Lighting", "LinuxSystem", "MaintenanceAPI", "Metering", "Persistence", "Recording",
                "Simulation", "SiteConfiguration", "Telemetry", "TestSupport", "linli",
                "linli-sim", "linlid",
                logging,
            ],
            exclude: ["public_server.py"]),
        .testTarget(
            name: "DeviceProfilesTests",
            dependencies: ["DeviceProfiles", "Documents", "Execution", "Metering", "Modbus"]),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "Execution", "Metering"]),
        .testTarget(
            name: "LinliTests",
            dependencies: [
                "Execution", "Maintenance", "MaintenanceAPI", "Metering", "Modbus", "linli",
                logging,
            ]),
        .testTarget(
            name: "LightingTests",
            dependencies: [
                "DeviceProfiles", "Execution", "GPIO", "Lighting", "Metering", "Modbus",
                "SiteConfiguration", "SolarTime", "Telemetry", "TestSupport",
            ]),
        .testTarget(name: "SolarTimeTests", dependencies: ["Execution", "SolarTime"]),
        .testTarget(name: "GPIOTests", dependencies: ["Execution", "GPIO"]),
        .testTarget(
            name: "LinuxGPIOTests", dependencies: ["Execution", "GPIO", "LinuxGPIO", "TestSupport"]),
        .testTarget(
            name: "LinuxSystemTests", dependencies: ["Execution", "LinuxSystem", "Simulation"]),
        .testTarget(
            name: "MQTTUplinkTests",
            dependencies: ["Execution", "MQTT", "MQTTUplink", "Telemetry", "TestSupport"]),
        .testTarget(name: "MQTTTests", dependencies: ["MQTT"]),
        .testTarget(
            name: "MaintenanceAPITests",
            dependencies: ["Execution", "MaintenanceAPI", "Metering", "Modbus", logging]),
        .testTarget(name: "MeteringTests", dependencies: ["Execution", "Metering"]),
        .testTarget(
            name: "ModbusTests", dependencies: ["Execution", "Modbus"], exclude: ["vectors.json"]),
        .testTarget(
            name: "ModbusTransportTests",
            dependencies: [
                "CLinux", "DeviceProfiles", "Execution", "LinuxSystem", "Metering", "Modbus",
                "ModbusTransport", "Receiving", "Simulation",
            ]),
        .executableTarget(
            name: "OutboxWriter", dependencies: ["Execution", "Persistence", "Telemetry"],
            path: "Tests/OutboxWriter"),
        .target(name: "CInterposed", path: "Tests/CInterposed"),
        .executableTarget(
            name: "WholeGateway",
            dependencies: [
                "CInterposed", "DeviceProfiles", "Execution", "GPIO", "Gateway", "LinuxGPIO",
                "LinuxSystem", "MQTT", "MQTTUplink", "MaintenanceAPI", "Metering", "Modbus",
                "ModbusTransport", "Persistence", "Receiving", "Simulation",
                "SiteConfiguration", "Telemetry", logging, serviceLifecycle,
            ],
            path: "Tests/WholeGateway"),
        .testTarget(
            name: "PersistenceTests",
            dependencies: [
                "Execution", "Metering", "OutboxWriter", "Persistence", "Telemetry", grdb,
            ]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "CLinux", "CModbus", "DeviceProfiles", "Documents", "Execution", "LinuxSystem",
                "Metering", "Modbus", "Receiving", "Simulation", "SiteConfiguration", "Telemetry",
                "TestSupport",
            ]),
        .testTarget(
            name: "ReceivingTests",
            dependencies: ["Execution", "Metering", "Receiving", "Telemetry", "TestSupport"]),
        .testTarget(
            name: "SiteConfigurationTests",
            dependencies: [
                "DeviceProfiles", "Documents", "Execution", "GPIO", "MQTT", "Metering", "Modbus",
                "SiteConfiguration",
            ]),
        .testTarget(
            name: "TelemetryTests", dependencies: ["Execution", "Metering", "Telemetry"]),
    ]
)

// The fuzzer needs libFuzzer, which only a build with `-sanitize=fuzzer` brings: see deploy/fuzz.
if Context.environment["LINLI_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzzer", path: "Tests/CFuzzer"),
        .executableTarget(
            name: "linli-fuzz",
            dependencies: [
                "CFuzzer", "DeviceProfiles", "Documents", "Execution", "MQTT", "MQTTUplink",
                "Metering",
                "Modbus", "ModbusTransport", "SiteConfiguration", "Telemetry",
            ],
            path: "Tests/Fuzzing", exclude: ["Corpus"]),
    ]
}

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
