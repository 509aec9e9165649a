import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// A USB expander that is pulled and put back, with a door and a lamp on it.
    @Suite(
        .enabled(
            if: Chip("sim").isAvailable && Chip("usb").isAvailable,
            "needs two chips: deploy/vm/run --chip sim:16 --chip usb:8"))
    struct ChipLossTests {
        init() { Chip.trustClock() }

        private func writeTwoChips(_ scene: Scene, broker: UInt16) throws {
            let port = try Scene.freePort()
            try scene.write(
                buses: ["b: {tcp: \"127.0.0.1:\(port)\"}"],
                devices: [
                    "relays: {profile: waveshare-modbus-rtu-relay-8, bus: b, unit: 1, every: 1s}",
                    "meter: {profile: eastron-sdm120, bus: b, unit: 2, every: 1s}",
                ],
                mechanisms: [
                    "doors:",
                    "  entrance: {strike: STRIKE2, contact: DOOR2}",
                    "lighting:",
                    "  stairs: {circuit: LAMP2, safeState: \"off\", control: []}",
                    "  hall: {circuit: relays/relay.2, safeState: \"off\", control: []}",
                    "valves:",
                    "  gas-valve: {close: VALVE1, closed: VALVE1-SHUT, within: 60s}",
                    "alarms:",
                    "  gas-leak:",
                    "    when: {line: GAS1}",
                    "    then: [{close: gas-valve}, {on: relays/relay.1}, {release: entrance}]",
                    "destinations:",
                    "  city:",
                    "    mqtt: {url: \"mqtt://127.0.0.1:\(broker)\"}",
                    "    format: linli-json",
                    "    share: everything",
                ],
                board: [
                    "GAS1: {chip: sim, offset: 2}",
                    "VALVE1: {chip: sim, offset: 3}",
                    "VALVE1-SHUT: {chip: sim, offset: 4}",
                    "STRIKE2: {chip: usb, offset: 0}",
                    "DOOR2: {chip: usb, offset: 1, debounce: 10ms}",
                    "LAMP2: {chip: usb, offset: 2}",
                ])
        }

        private func faulty(_ scene: Scene) async throws -> Set<String> {
            let lines: [LineReport] = try await scene.ask("lines")
            return Set(lines.filter { $0.fault != nil }.map(\.name))
        }

        private func door(_ scene: Scene) async throws -> DoorReport? {
            let doors: [DoorReport] = try await scene.ask("doors")
            return doors.first
        }

        private func light(_ name: String, _ scene: Scene) async throws -> CircuitReport? {
            let circuits: [CircuitReport] = try await scene.ask("lights")
            return circuits.first { $0.name == name }
        }

        @Test func `A chip that is pulled out takes nothing else with it, and is taken back`()
            async throws
        {
            try await Scene.run { scene in
                let broker = try Scene.freePort()
                try writeTwoChips(scene, broker: broker)
                let (gas, valve) = (Line(2), Line(3))
                let (strike, lamp) = (Line(0, of: "usb"), Line(2, of: "usb"))
                let chip = Chip("usb")
                defer { chip.setLive(true) }
                try gas.pull(up: false)
                _ = try await scene.startCity(port: broker, destination: "city")
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                try await eventually("all lines are there") { try await faulty(scene).isEmpty }
                try await eventually("the door is secure") {
                    try await door(scene)?.state == "secure"
                }
                for circuit in ["stairs", "hall"] {
                    let outcome = try await scene.linli(["lights", "on", circuit, "--for", "30m"])
                    #expect(outcome.exitCode == 0, "\(outcome.complaints)")
                }
                try await eventually("the lamp is lit") { try lamp.isHigh }

                chip.setLive(false)
                let usb: Set = ["STRIKE2", "DOOR2", "LAMP2"]
                try await eventually("its lines are faults, and no others") {
                    try await faulty(scene) == usb
                }
                let table = try await scene.linli(["lines", "--faulty"]).output
                #expect(
                    usb.allSatisfy { table.contains($0) } && !table.contains("VALVE1"), "\(table)")
                try await eventually("so are its door and its lamp, and nothing else") {
                    let door = try await door(scene)
                    let hall = try await light("hall", scene)
                    let stairs = try await light("stairs", scene)
                    return door?.faults.count == 2 && door?.isClosed == nil
                        && stairs?.faults.isEmpty == false
                        && hall?.faults == [] && hall?.commanded == 100
                }
                let recorded = try await scene.status.readingsRecorded
                try await eventually("meters are read") {
                    try await scene.status.readingsRecorded > recorded + 10
                }

                // The door of this alarm is not there: the valve and the relay do not wait for it.
                try gas.pull(up: true)
                try await eventually("the alarm acts on what is there") {
                    let lines: [LineReport] = try await scene.ask("lines")
                    let relay = lines.first { $0.name == "relays/relay.1" }
                    return try valve.isHigh && relay?.commanded == true && relay?.fault == nil
                }
                try gas.pull(up: false)
                try await eventually("the alarm is over") {
                    let report: AlarmsReport = try await scene.ask("alarms")
                    return report.alarms.first { $0.name == "gas-leak" }?.state == "quiet"
                }
                try await eventually("the city has heard of the faults") {
                    let messages = File.text(of: scene.folder + "/city/messages.bin")
                    return [
                        "door.contactFault", "door.strikeFault", "circuit.fault", "alarm.raised",
                    ]
                    .allSatisfy { messages.contains($0) }
                }

                chip.setLive(true)
                try await eventually("its lines are taken back") { try await faulty(scene).isEmpty }
                try await eventually("the lamp is as it was commanded") { try lamp.isHigh }
                try await eventually("the door is looked after again") {
                    let door = try await door(scene)
                    return door?.state == "secure" && door?.faults == []
                }
                #expect(try !strike.isHigh)
                #expect(try await light("stairs", scene)?.faults == [])
                #expect(try await scene.linli(["doors", "release", "entrance"]).exitCode == 0)
                try await eventually("the strike follows again") { try strike.isHigh }
            }
        }
    }
}
