import DeviceProfiles
import Documents
import Execution
import LinuxSystem
import Modbus
import Simulation
import SiteConfiguration
import TestSupport
import Testing

@Suite struct CommunityTests {
    static func site(_ folder: String, tcp: String = "127.0.0.1") throws -> SiteDocument {
        let text = """
            version: 1
            site: {id: test-site, name: Test, timeZone: Asia/Shanghai}
            buses:
              riser: {serial: \(folder)/riser, baudRate: 115200, parity: even}
              plant: {tcp: "\(tcp):\(Int.random(in: 20_000...60_000))"}
            devices:
              e1: {profile: eastron-sdm120, bus: riser, unit: 1, every: 10s}
              e2: {profile: eastron-sdm120, bus: riser, unit: 2, every: 10s}
              e3: {profile: eastron-sdm630, bus: plant, unit: 1, every: 10s}
            destinations:
              city: {mqtt: {url: "mqtt://127.0.0.1:1883"}, format: linli, share: everything}
            """
        return try SiteDocument.read(
            text, file: folder + "/site.yaml", board: nil, profiles: ProfileLibrary.shipped())
    }

    static func community(_ site: SiteDocument) throws -> SimulatedCommunity {
        try SimulatedCommunity(site, options: SimulationOptions()) {
            SimulatedTime(localSeconds: LoadCurveTests.newYear)
        }
    }

    @Test func everyDeviceOfASiteAnswersAtItsPlace() async throws {
        try await withTemporaryFolder { folder in
            let community = try Self.community(Self.site(folder))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await community.run(TimeSource.system) }
                let line = try LibmodbusClient(.line(path: folder + "/riser", baudRate: 115_200))
                for unit in 1...2 {
                    let words = try await line.readInput(0, count: 2, unit: unit)
                    let volts = Float(bitPattern: UInt32(words[0]) << 16 | UInt32(words[1]))
                    #expect((215...245).contains(volts))
                }
                let address = try #require(community.status.buses.last).address
                let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
                let client = try LibmodbusClient(.tcp(host: "127.0.0.1", port: port))
                #expect(try await client.readInput(0, count: 6, unit: 1).count == 6)
                let answers = community.status.devices.map(\.answers)
                #expect(answers == [1, 1, 1])
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func faultsAreSetByDeviceBusAndForAll() throws {
        try withTemporaryFolder { folder in
            let community = try Self.community(Self.site(folder))
            func faults() -> [String] { community.status.devices.map(\.fault) }
            #expect(community.obey("fault e1 late 100ms..600ms").hasPrefix("ok"))
            #expect(faults() == ["late 100ms..600ms", "none", "none"])
            #expect(community.obey("fault riser silent").hasPrefix("ok"))
            #expect(faults() == ["silent", "silent", "none"])
            #expect(community.obey("fault all none").hasPrefix("ok"))
            #expect(faults() == ["none", "none", "none"])
            for line in ["fault nobody silent", "fault e1 sleepy", "fault e1", "dance", ""] {
                #expect(community.obey(line).hasPrefix("error"))
            }
        }
    }

    @Test func anAddressThatIsNotLoopbackIsRefusedByItsBus() throws {
        try withTemporaryFolder { folder in
            let site = try Self.site(folder, tcp: "192.0.2.7")
            #expect(
                throws: CommunityError.listening(bus: "plant", .notLoopback("192.0.2.7"))
            ) {
                _ = try Self.community(site)
            }
        }
    }

    @Test func theControlSocketSetsFaultsAndTellsTheStatus() async throws {
        try await withTemporaryFolder { folder in
            let community = try Self.community(Self.site(folder))
            let path = folder + "/sim.sock"
            let server = try ControlServer(path: path, executor: ThreadExecutor(name: "control")) {
                community.obey($0)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await server.run() }
                #expect(try ControlClient.ask("fault e2 corrupt", at: path).hasPrefix("ok"))
                let status = try #require(
                    SimulationStatus(json: ControlClient.ask("status", at: path)))
                #expect(status.devices.map(\.fault) == ["none", "corrupt", "none"])
                #expect(throws: ControlError.inUse(path: path)) {
                    _ = try ControlServer(
                        path: path, executor: ThreadExecutor(name: "control"), answer: { $0 })
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(throws: ControlError.self) { try ControlClient.ask("status", at: path) }
        }
    }
}
