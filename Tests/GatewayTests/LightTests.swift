import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// Lighting circuits on a relay board.
    @Suite struct LightTests {
        private func write(_ scene: Scene, port: UInt16, withAlarm: Bool = true) throws {
            try scene.write(
                buses: ["b: {tcp: \"127.0.0.1:\(port)\"}"],
                devices: [
                    "board: {profile: wb-mr6c, bus: b, unit: 1, every: 100ms}",
                    "gas-room: {profile: honeywell-raeguard3, bus: b, unit: 2, every: 200ms}",
                ],
                mechanisms: [
                    "lighting:",
                    "  stairs: {circuit: board/relay.1, safeState: on, minimumOn: 1s, control: ["
                        + "{presence: board/input.1, hold: 1s}]}",
                    "  garden: {circuit: board/relay.2, safeState: off, minimumOn: 1s, control: []}",
                ]
                    + (withAlarm
                        ? [
                            "alarms:",
                            "  gas-leak: {when: {point: gas-room/gas.concentration, above: 10}, "
                                + "then: [{on: garden}, {on: board/relay.3}]}",
                        ] : []))
        }

        private func start(_ scene: Scene, port: UInt16? = nil) async throws -> Program {
            try write(scene, port: try port ?? Scene.freePort())
            _ = try await scene.startDevices()
            try await scene.simulate("set", "board/input.1", "0")
            try await scene.simulate("set", "gas-room/gas.concentration", "0")
            let daemon = try await scene.startDaemon()
            try await eventually("both are dark") {
                let circuits: [CircuitReport] = try await scene.ask("lights")
                return circuits.map(\.commanded) == [0, 0]
            }
            return daemon
        }

        private func circuit(_ name: String, in scene: Scene) async throws -> CircuitReport {
            let circuits: [CircuitReport] = try await scene.ask("lights")
            return try #require(circuits.first { $0.name == name })
        }

        private func commanded(_ name: String, in scene: Scene) async throws -> Int? {
            try await circuit(name, in: scene).commanded
        }

        @Test func `Somebody on the stairs has light, and for a while after`() async throws {
            try await Scene.run { scene in
                _ = try await start(scene)
                try await scene.simulate("set", "board/input.1", "1")
                try await eventually("the stairs are lit") {
                    try await commanded("stairs", in: scene) == 100
                }
                try await scene.simulate("set", "board/input.1", "0")
                try await eventually("they are dark again") {
                    try await commanded("stairs", in: scene) == 0
                }
            }
        }

        @Test func `An override ends by itself and outlasts SIGKILL`() async throws {
            try await Scene.run { scene in
                let daemon = try await start(scene)
                let on: CircuitReport = try await scene.ask(
                    "lights", "on", "garden", "--for", "10s")
                #expect(on.level == 100)
                #expect(on.reason.contains("linli:"))
                try await eventually("the garden is lit") {
                    try await commanded("garden", in: scene) == 100
                }
                daemon.signal(SIGKILL)
                _ = try await daemon.exitCode()
                _ = try await scene.startDaemon()
                try await eventually("it is lit still") {
                    let circuit = try await circuit("garden", in: scene)
                    return circuit.commanded == 100 && circuit.overrideUntil != nil
                }
                try await eventually("and dark by itself") {
                    try await commanded("garden", in: scene) == 0
                }
                let unknown = try await scene.linli(["lights", "on", "gardn"])
                #expect(unknown.exitCode == 1)
                #expect(unknown.complaints.contains("garden"))
                let level = try await scene.linli(["lights", "level", "garden", "50"])
                #expect(level.complaints.contains("no dimmer"))
            }
        }

        @Test func `An alarm lights the way until it is over`() async throws {
            try await Scene.run { scene in
                _ = try await start(scene)
                try await scene.simulate("set", "gas-room/gas.concentration", "25")
                try await eventually("the garden is lit") {
                    let circuit = try await circuit("garden", in: scene)
                    return circuit.commanded == 100 && circuit.reason.contains("alarm")
                }
                try await scene.simulate("set", "gas-room/gas.concentration", "0")
                try await eventually("it is dark again") {
                    try await commanded("garden", in: scene) == 0
                }
            }
        }

        @Test func `An alarm that is taken out of the document lets go of all it held`()
            async throws
        {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                _ = try await start(scene, port: port)
                func fan() async throws -> Bool? {
                    let answer = try await scene.linli([
                        "modbus", "read", "--bus", "b", "--unit", "1", "--table", "coil",
                        "--address", "2", "--json",
                    ])
                    return try Scene.decode(ModbusAnswer.self, answer.output).bits?.first
                }
                try await scene.simulate("set", "gas-room/gas.concentration", "25")
                try await eventually("the garden is lit, the fan runs") {
                    let level = try await commanded("garden", in: scene)
                    let isRunning = try await fan()
                    return level == 100 && isRunning == true
                }
                try write(scene, port: port, withAlarm: false)
                #expect(try await scene.linli(["reload"]).exitCode == 0)
                try await eventually("the garden is dark, the fan stands") {
                    let level = try await commanded("garden", in: scene)
                    let isRunning = try await fan()
                    return level == 0 && isRunning == false
                }
            }
        }

        @Test func `A board is told what to do when nobody asks it any more`() async throws {
            try await Scene.run { scene in
                _ = try await start(scene)
                try await eventually("its safety mode is set") {
                    let states: [Int] = try await [930, 938, 931, 939].asyncMap { address in
                        let answer = try await scene.linli([
                            "modbus", "read", "--bus", "b", "--unit", "1", "--table", "holding",
                            "--address", "\(address)", "--json",
                        ])
                        let json = try Scene.decode(ModbusAnswer.self, answer.output)
                        return json.registers?.first.map(Int.init) ?? -1
                    }
                    // Stairs on, garden off, both to their safe state.
                    return states == [1, 1, 0, 1]
                }
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
