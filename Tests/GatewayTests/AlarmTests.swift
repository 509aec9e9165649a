import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// From a gas detector on Modbus to a valve on a relay board, and its contact back.
    @Suite struct AlarmTests {
        private func write(
            _ scene: Scene, port: UInt16, relays: Int = 2, more alarms: [String] = []
        ) throws {
            try scene.write(
                buses: ["b: {tcp: \"127.0.0.1:\(port)\"}"],
                devices: [
                    "gas-room: {profile: honeywell-raeguard3, bus: b, unit: 1, every: 200ms}",
                    "relays: {profile: waveshare-modbus-rtu-relay-8, bus: b, unit: \(relays), every: 200ms}",
                    "spare: {profile: waveshare-modbus-rtu-relay-8, bus: b, unit: \(5 - relays), every: 1s}",
                ],
                mechanisms: [
                    "valves:",
                    "  gas-valve: {close: relays/relay.1, closed: relays/input.1, within: 5s}",
                    "alarms:",
                    "  gas-leak:",
                    "    when: {point: gas-room/gas.concentration, above: 10}",
                    "    then: [{close: gas-valve}, {on: relays/relay.2}]",
                    "    latch: true",
                ] + alarms)
        }

        private func alarm(_ name: String, in scene: Scene) async throws -> AlarmReport {
            let report: AlarmsReport = try await scene.ask("alarms")
            return try #require(report.alarms.first { $0.name == name })
        }

        private func valve(in scene: Scene) async throws -> ValveReport {
            let report: AlarmsReport = try await scene.ask("alarms")
            return try #require(report.valves.first)
        }

        @Test func `Gas shuts the valve, which stays shut until it is opened by hand`() async throws
        {
            try await Scene.run { scene in
                try write(scene, port: try Scene.freePort())
                _ = try await scene.startDevices()
                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                _ = try await scene.startDaemon()
                try await eventually("all is quiet") {
                    try await alarm("gas-leak", in: scene).state == "quiet"
                }
                #expect(try await valve(in: scene).isClosed == false)

                try await scene.simulate("set", "gas-room/gas.concentration", "25")
                try await eventually("the valve is shut, as its contact says") {
                    let valve = try await valve(in: scene)
                    return valve.state == "closed" && valve.isClosed == true
                }
                #expect(try await alarm("gas-leak", in: scene).state == "active")
                let lines: [LineReport] = try await scene.ask("lines")
                #expect(lines.first { $0.name == "relays/relay.2" }?.commanded == true)

                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                try await eventually("it is latched") {
                    try await alarm("gas-leak", in: scene).state == "latched"
                }
                let held = try await scene.linli(["alarms", "open", "gas-valve"])
                #expect(held.exitCode == 1)
                #expect(held.complaints.contains("gas-leak"))
                let seen = try await scene.linli(["alarms", "ack", "gas-leak"])
                #expect(seen.exitCode == 0, "\(seen.complaints)")
                try await eventually("it is over") {
                    try await alarm("gas-leak", in: scene).state == "quiet"
                }
                #expect(try await valve(in: scene).isClosed == true)
                #expect(try await scene.linli(["alarms", "open", "gas-valve"]).exitCode == 0)
                try await eventually("the valve is open") {
                    try await valve(in: scene).isClosed == false
                }
            }
        }

        @Test func `A latched alarm outlasts SIGKILL`() async throws {
            try await Scene.run { scene in
                try write(scene, port: try Scene.freePort())
                _ = try await scene.startDevices()
                try await scene.simulate("set", "gas-room/gas.concentration", "25")
                let daemon = try await scene.startDaemon()
                try await eventually("the valve is shut") {
                    try await valve(in: scene).isClosed == true
                }
                try await eventually("the latch is on the disk") {
                    File.exists(scene.state + "/alarms.json")
                }
                daemon.signal(SIGKILL)
                _ = try await daemon.exitCode()
                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                _ = try await scene.startDaemon()
                try await eventually("it is latched still") {
                    try await alarm("gas-leak", in: scene).state == "latched"
                }
                try await eventually("and holds the valve") {
                    let valve = try await valve(in: scene)
                    return valve.isDriven && valve.isClosed == true
                }
            }
        }

        @Test func `A self-test tries the chain and shuts no valve`() async throws {
            try await Scene.run { scene in
                try write(scene, port: try Scene.freePort())
                _ = try await scene.startDevices()
                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                _ = try await scene.startDaemon()
                try await eventually("all is quiet") {
                    try await alarm("gas-leak", in: scene).state == "quiet"
                }
                let report: AlarmTestReport = try await scene.ask("alarms", "test", "gas-leak")
                #expect(report.hasPassed, "\(report.steps)")
                #expect(report.steps.contains { $0.name.contains("relays/relay.2") })
                #expect(try await valve(in: scene).isDriven == false)
                #expect(try await valve(in: scene).isClosed == false)

                try await scene.fault("relays", "silent")
                let broken = try await scene.linli(["alarms", "test", "gas-leak"])
                #expect(broken.exitCode == 1)
                #expect(broken.output.contains("failed"))
                let faulty: [LineReport] = try await scene.ask("lines", "--faulty")
                #expect(faulty.contains { $0.name == "relays/relay.2" })
                #expect(faulty.allSatisfy { $0.fault != nil })
            }
        }

        @Test func `A reload of other alarms lets go of nothing`() async throws {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try write(scene, port: port)
                _ = try await scene.startDevices()
                try await scene.simulate("set", "gas-room/gas.concentration", "25")
                _ = try await scene.startDaemon()
                func fan() async throws -> LineReport? {
                    let lines: [LineReport] = try await scene.ask("lines")
                    return lines.first { $0.name == "relays/relay.2" }
                }
                try await eventually("the fan runs") { try await fan()?.commanded == true }
                let before = try await fan()

                try write(
                    scene, port: port, more: ["  cold: {when: {line: relays/input.8}}"])
                let report: ReloadReport = try await scene.ask("reload")
                #expect(report.isApplied)
                try await eventually("the new alarm is there") {
                    ["quiet", "active"].contains(try await alarm("cold", in: scene).state)
                }
                #expect(try await alarm("gas-leak", in: scene).state == "active")
                let after = try await fan()
                #expect(after?.commanded == true)
                // Times are told in milliseconds, worked out anew each time.
                let since = try #require(before?.since)
                #expect(abs(try #require(after?.since) - since) <= 2)
            }
        }

        @Test func `A relay board at another address is told what its lines are to be`()
            async throws
        {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try write(scene, port: port)
                _ = try await scene.startDevices()
                try await scene.simulate("set", "gas-room/gas.concentration", "25")
                _ = try await scene.startDaemon()
                func fan(ofUnit unit: Int) async throws -> Bool? {
                    let answer = try await scene.linli([
                        "modbus", "read", "--bus", "b", "--unit", "\(unit)", "--table", "coil",
                        "--address", "1", "--json",
                    ])
                    return try Scene.decode(ModbusAnswer.self, answer.output).bits?.first
                }
                try await eventually("the fan runs") { try await fan(ofUnit: 2) == true }
                #expect(try await fan(ofUnit: 3) == false)

                try write(scene, port: port, relays: 3)
                let report: ReloadReport = try await scene.ask("reload")
                #expect(report.isApplied)
                try await eventually("the fan of the other board runs") {
                    try await fan(ofUnit: 3) == true
                }
            }
        }

        @Test func `A detector's silence outlasts a reload, and ends with its first answer`()
            async throws
        {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try write(scene, port: port)
                _ = try await scene.startDevices()
                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                _ = try await scene.startDaemon()
                func silence() async throws -> String? {
                    let report: AlarmsReport = try await scene.ask("alarms")
                    return report.alarms.first { $0.name.contains("gas-room") }?.state
                }
                try await eventually("it answers") { try await silence() == "quiet" }
                try await scene.fault("gas-room", "silent")
                try await eventually("it is silent") { try await silence() == "active" }

                // Its bus starts anew, and the alarms are made anew.
                try write(
                    scene, port: port, relays: 3, more: ["  cold: {when: {line: relays/input.8}}"])
                let report: ReloadReport = try await scene.ask("reload")
                #expect(report.isApplied)
                #expect(try await silence() == "active")
                try await scene.fault("gas-room", "none")
                try await eventually("it answers again") { try await silence() == "quiet" }
            }
        }

        @Test func `A silent detector is an alarm`() async throws {
            try await Scene.run { scene in
                try write(scene, port: try Scene.freePort())
                _ = try await scene.startDevices()
                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                _ = try await scene.startDaemon()
                try await eventually("all is quiet") {
                    try await alarm("gas-leak", in: scene).state == "quiet"
                }
                try await scene.fault("gas-room", "silent")
                try await eventually("its silence is an alarm") {
                    let report: AlarmsReport = try await scene.ask("alarms")
                    return report.alarms.contains {
                        $0.name.contains("gas-room") && $0.state == "active"
                    }
                }
                #expect(try await valve(in: scene).isDriven == false)
            }
        }
    }
}
