import Glibc
import Logging
import Maintenance
import MaintenanceAPI
import ServiceLifecycle
import Testing

@testable import linli

@Suite(.timeLimit(.minutes(15))) struct MaintenanceServerTests {
    @Test func answersEachQuestionFromTheGateway() async throws {
        try await ServedGateway.with { served in
            await served.gateway.record("b1-u101-elec/voltage.l1", "221.9")
            try await served.ask { client in
                let status: StatusReport = try await client.get("status").value
                #expect(status.siteName == "历下花园")
                #expect(status.readingsRecorded == 1_234_568)
                let buses: [BusReport] = try await client.get("buses").value
                #expect(buses.map(\.name) == ["riser-1", "机房"])
                let devices: [DeviceReport] = try await client.get("devices").value
                #expect(devices.map(\.state) == [.answering, .silent])
                let points: [String] = try await client.get("points").value
                #expect(points == SmallGateway.points)
                let readings: [PointReading] = try await client.get("readings").value
                #expect(readings.map(\.value) == ["221.9"])
                let cache: CacheReport = try await client.get("cache").value
                #expect(cache.lanes.map(\.lane) == ["alarm", "reading"])
                let deliveries: [DeliveryReport] = try await client.get("deliveries").value
                #expect(deliveries.map(\.destination) == ["heat-company"])
            }
        }
    }

    @Test func writesAreReadBack() async throws {
        try await ServedGateway.with { served in
            try await served.ask { client in
                let write = ModbusWriteRequest(
                    bus: "riser-1", unit: 11, table: "holding", address: 0, values: [2_305])
                let written: ModbusAnswer = try await client.post("modbus/write", write).value
                #expect(written.registers == nil)
                let read = ModbusReadRequest(
                    bus: "riser-1", unit: 11, table: "holding", address: 0, count: 2)
                let answer: ModbusAnswer = try await client.post("modbus/read", read).value
                #expect(answer.registers == [2_305, 500])
                #expect(answer.time == SmallGateway.now)
                #expect(answer.busMilliseconds == 31)
                let point: PointReading = try await client.post(
                    "points/read", ["point": "b1-u101-elec/voltage.l1"]
                ).value
                #expect(point.value == "230.5")
            }
        }
    }

    @Test func historyKeepsToTheTimesAskedFor() async throws {
        try await ServedGateway.with { served in
            try await served.ask { client in
                let report: HistoryReport = try await client.get(
                    "history",
                    query: [
                        ("point", "b1-u101-elec/voltage.l1"), ("from", "1795420800000"),
                        ("to", "1795424400000"),
                    ]
                ).value
                #expect(report.samples.count == 61)
                #expect(report.samples.first?.time == 1_795_420_800_000)
                #expect(report.samples.last?.time == 1_795_424_400_000)
            }
        }
    }

    @Test func aReloadIsTakenOverOrRefusedAsAWhole() async throws {
        try await ServedGateway.with { served in
            try await served.ask { client in
                let first: ReloadReport = try await client.post("reload", [String: String]()).value
                #expect(first.isApplied && first.siteVersion == 8)
                await served.gateway.spoilDocument(["site.yaml:3:1: buses: a fault"])
                let second: ReloadReport = try await client.post("reload", [String: String]()).value
                #expect(!second.isApplied)
                #expect(second.faults == ["site.yaml:3:1: buses: a fault"])
                let status: StatusReport = try await client.get("status").value
                #expect(status.siteVersion == 8)
            }
        }
    }

    @Test func theSocketIsOpenToItsOwnerAndGroupAlone() async throws {
        try await ServedGateway.with { served in
            var entry = stat()
            #expect(stat(served.socketPath, &entry) == 0)
            #expect(entry.st_mode & S_IFMT == S_IFSOCK)
            #expect(entry.st_mode & 0o777 == 0o660)
        }
    }

    @Test func aServedSocketIsNotTakenAway() async throws {
        try await ServedGateway.with { served in
            let second = MaintenanceServer(
                socketPath: served.socketPath, source: served.gateway.source,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            await #expect(throws: MaintenanceServerError.inUse(served.socketPath)) {
                try await second.run()
            }
            try await served.ask { client in
                let status: StatusReport = try await client.get("status").value
                #expect(status.site == "jn-lixia-0042")
            }
        }
    }

    @Test func aDeadSocketIsReplacedAndRemovedAtTheEnd() async throws {
        try await ServedGateway.withFolder { folder in
            let path = "\(folder)/linlid.sock"
            for _ in 0..<2 {
                try Self.leaveDeadSocket(at: path)
                #expect(throws: CommandFailure.self) { try SocketProbe.check(path) }
                let gateway = SmallGateway()
                let (listening, signal) = AsyncStream.makeStream(of: Void.self)
                let server = MaintenanceServer(
                    socketPath: path, source: gateway.source,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    onListening: { signal.yield() })
                let services = ServiceGroup(
                    services: [server],
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { signal.finish() }
                        try await services.run()
                    }
                    for await _ in listening { break }
                    try SocketProbe.check(path)
                    await services.triggerGracefulShutdown()
                    try await group.waitForAll()
                }
                #expect(access(path, F_OK) != 0)
            }
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 108)])
    func anImpossiblePathIsRefused(path: String) async {
        let server = MaintenanceServer(
            socketPath: path, source: SmallGateway().source, logger: Logger(label: "test"))
        await #expect(throws: MaintenanceServerError.path(path)) { try await server.run() }
    }

    private static func leaveDeadSocket(at path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0)
    }
}
