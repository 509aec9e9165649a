import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// Two chargers at a limit for one and a half.
    @Suite struct ChargingTests {
        private func write(
            _ scene: Scene, port: UInt16, limit: Int = 24, alarms: Bool = false
        ) throws {
            try scene.write(
                // One that has been silent is asked again within 10 s.
                buses: [
                    "b: {tcp: \"127.0.0.1:\(port)\", responseTimeout: 100ms, lateAnswerLimit: 200ms}"
                ],
                devices: [
                    "charger-1: {profile: heidelberg-energy-control, bus: b, unit: 1, every: 200ms}",
                    "charger-2: {profile: phoenix-ev-cc-ac1-m, bus: b, unit: 2, every: 200ms}",
                    "gas-room: {profile: honeywell-raeguard3, bus: b, unit: 3, every: 200ms}",
                ],
                mechanisms: [
                    "charging:",
                    "  garage: {limit: \(limit), maximum: 16, chargers: [charger-1, charger-2]}",
                ]
                    + (alarms
                        ? [
                            "alarms:",
                            "  fire: {when: {point: gas-room/gas.concentration, above: 10}, "
                                + "then: [{stop: garage}]}",
                        ] : []))
        }

        private func start(_ scene: Scene, alarms: Bool = false) async throws -> Program {
            try write(scene, port: try Scene.freePort(), alarms: alarms)
            _ = try await scene.startDevices()
            for name in ["charger-1", "charger-2"] {
                try await scene.simulate("hand", name, "plug")
            }
            try await scene.simulate("set", "gas-room/gas.concentration", "0")
            return try await scene.startDaemon()
        }

        private func told(_ scene: Scene) async throws -> [Int?] {
            try await chargers(scene).map(\.commanded)
        }

        private func chargers(_ scene: Scene) async throws -> [ChargerReport] {
            let report: ChargersReport = try await scene.ask("chargers")
            return report.chargers
        }

        @Test func `Both share, one falls silent, one is stopped`() async throws {
            try await Scene.run { scene in
                let daemon = try await start(scene)
                try await eventually("both have half of it") {
                    try await told(scene) == [12, 12]
                }
                try await eventually("and draw it") {
                    let first = try await chargers(scene)[0]
                    return first.state == "charging" && first.drawn == "12.0"
                        && first.reserved == 12
                }

                try await scene.fault("charger-1", "silent")
                try await eventually("its share is kept") {
                    let first = try await chargers(scene)[0]
                    return first.faults.contains("does not answer") && first.reserved == 12
                }
                #expect(try await told(scene)[1] == 12)
                let stop: ChargerReport = try await scene.ask("chargers", "stop", "charger-2")
                #expect(stop.reason.contains("stopped by linli:"))
                try await eventually("the other is stopped") {
                    try await told(scene)[1] == 0
                }

                try await scene.fault("charger-1", "none")
                try await eventually("it is back, and has all") {
                    let first = try await chargers(scene)[0]
                    return first.commanded == 16 && first.drawn == "16.0" && first.faults.isEmpty
                }

                daemon.signal(SIGKILL)
                _ = try await daemon.exitCode()
                _ = try await scene.startDaemon()
                try await eventually("the stop outlasts SIGKILL") {
                    let second = try await chargers(scene)[1]
                    return second.commanded == 0 && second.reason.contains("stopped")
                }
                let _: ChargerReport = try await scene.ask("chargers", "start", "charger-2")
                try await eventually("both share again") {
                    try await told(scene) == [12, 12]
                }
                let table = try await scene.linli(["chargers"])
                #expect(table.output.contains("garage"))
                #expect(table.output.contains("its share of the limit"))
                let unknown = try await scene.linli(["chargers", "stop", "charger-3"])
                #expect(unknown.exitCode == 1)
                #expect(unknown.complaints.contains("charger-1"))
            }
        }

        @Test func `A charger is told what to fall back to`() async throws {
            try await Scene.run { scene in
                _ = try await start(scene)
                try await eventually("half of the limit, and never asleep") {
                    let words: [UInt16?] = try await [262, 258].asyncMap { address in
                        let answer = try await scene.linli([
                            "modbus", "read", "--bus", "b", "--unit", "1", "--table", "holding",
                            "--address", "\(address)", "--json",
                        ])
                        let json = try Scene.decode(ModbusAnswer.self, answer.output)
                        return json.registers?.first
                    }
                    return words == [120, 4]
                }
            }
        }

        @Test func `An alarm stops the cars, and lets them go on`() async throws {
            try await Scene.run { scene in
                _ = try await start(scene, alarms: true)
                try await eventually("both charge") { try await told(scene) == [12, 12] }
                try await scene.simulate("set", "gas-room/gas.concentration", "25")
                try await eventually("both are stopped") { try await told(scene) == [0, 0] }
                #expect(try await chargers(scene)[0].reason.contains("alarm"))
                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                try await eventually("both charge again") { try await told(scene) == [12, 12] }
            }
        }

        @Test func `A changed limit is taken over, and a car that leaves gives way`() async throws {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try write(scene, port: port)
                _ = try await scene.startDevices()
                try await scene.simulate("hand", "charger-1", "plug")
                try await scene.simulate("hand", "charger-2", "unplug")
                _ = try await scene.startDaemon()
                try await eventually("the one has all it can draw") {
                    try await told(scene) == [16, 0]
                }
                let energy = try await chargers(scene)[0].energy
                try write(scene, port: port, limit: 10)
                let reload: ReloadReport = try await scene.ask("reload")
                #expect(reload.others.contains { $0.contains("charging garage changed") })
                try await eventually("it has what there is") {
                    let first = try await chargers(scene)[0]
                    return first.commanded == 10 && first.drawn == "10.0"
                }
                #expect(energy != nil)
                let check = try await scene.linli(["check", scene.siteFile])
                #expect(check.output.contains("1 charging group"))
            }
        }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(
        _ transform: (Element) async throws -> Result
    ) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
