import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// The sites of `deploy/samples` that switch and unlock, each run against simulated devices.
    @Suite struct SampleSafetyTests {
        @Test func `A utility tunnel is aired, drained and lit`() async throws {
            try await Scene.run { scene in
                try await scene.start(
                    sample: "utility-tunnel",
                    quiet: [
                        "gas/gas.concentration": "0", "air/gas.o2": "20.9", "air/gas.sf6": "0",
                        "climate/temperature": "18", "water/level": "50", "relays/input.1": "1",
                        "relays/input.2": "0",
                    ])
                for name in ["gas-leak", "oxygen-low", "sf6", "hot", "water", "hatch-open"] {
                    try await scene.awaitAlarm(name, "quiet")
                }
                let (fan, pump, light) = ("relays/relay.1", "relays/relay.2", "relays/relay.3")
                try await scene.awaitLine(light, false)

                try await scene.set("gas/gas.concentration", "35")
                try await scene.awaitAlarm("gas-leak", "active")
                try await scene.awaitLine(fan, true)
                try await scene.awaitLine(light, true)
                try await scene.set("air/gas.o2", "17.5")
                try await scene.awaitAlarm("oxygen-low", "active")
                // Two alarms want the fan: it runs until both are over.
                try await scene.set("gas/gas.concentration", "0")
                try await scene.awaitAlarm("gas-leak", "latched")
                #expect(try await scene.linli(["alarms", "ack", "gas-leak"]).exitCode == 0)
                try await scene.awaitAlarm("gas-leak", "quiet")
                #expect(try await scene.line(fan).commanded == true)
                try await scene.set("air/gas.o2", "20.9")
                try await scene.awaitLine(fan, false)
                try await scene.set("climate/temperature", "45")
                try await scene.awaitLine(fan, true)

                // The pump starts at one level and stops at another.
                try await scene.set("water/level", "350")
                try await scene.awaitLine(pump, true)
                try await scene.set("water/level", "200")
                try await scene.awaitReadings(of: "water")
                #expect(try await scene.line(pump).commanded == true)
                try await scene.set("water/level", "80")
                try await scene.awaitLine(pump, false)
                try await scene.set("water/level", "700")
                try await scene.awaitAlarm("flood", "active")
                try await scene.set("relays/input.1", "0")
                try await scene.awaitAlarm("hatch-open", "active")
                #expect(try await scene.events(in: "alarm") >= 6)

                // A detector that says nothing is no detector.
                try await scene.fault("gas", "silent")
                try await scene.awaitAlarm("detector/gas", "active")
            }
        }

        @Test func `A basement tells water, smoke, tampering and heat, and acts on them`()
            async throws
        {
            try await Scene.run { scene in
                let detectors = (1...3).flatMap { number in
                    ["alarm", "linkLost", "opened"].map { "detectors/detector.\(number).\($0)" }
                }
                try scene.write(sample: "building-safety")
                _ = try await scene.startDevices()
                for point in detectors + ["detectors/gateway.opened", "board/input.4"] {
                    try await scene.set(point, "0")
                }
                try await scene.set("sump/level", "100")
                try await scene.set("cabinet/temperature", "25")
                try await scene.set("board/input.2", "1")
                _ = try await scene.startDaemon()
                for name in ["water-leak", "flood", "smoke", "tamper", "cabinet-open"] {
                    try await scene.awaitAlarm(name, "quiet")
                }

                try await scene.set("detectors/detector.1.alarm", "1")
                try await scene.awaitAlarm("water-leak", "active")
                try await eventually("the water valve is shut, as its contact says") {
                    let valve = try await scene.valve("water-valve")
                    return valve.state == "closed" && valve.isClosed == true
                }

                try await eventually("the stair door is locked") {
                    let door = try await scene.door("stair-door")
                    return door.isClosed == true && door.isStrikeActive == true
                }
                try await scene.set("detectors/detector.3.alarm", "1")
                try await scene.awaitAlarm("smoke", "active")
                try await eventually("the fail-safe door has no current") {
                    try await scene.door("stair-door").isStrikeActive == false
                }
                try await scene.awaitLine("board/relay.5", true)

                try await scene.set("sump/level", "900")
                try await scene.awaitAlarm("flood", "active")
                try await scene.awaitLine("board/relay.2", true)
                try await scene.set("sump/level", "100")
                try await scene.awaitLine("board/relay.2", false)

                try await scene.set("detectors/detector.2.opened", "1")
                try await scene.awaitAlarm("tamper", "active")
                try await scene.set("detectors/detector.2.linkLost", "1")
                try await scene.awaitAlarm("detector-lost", "active")
                try await scene.set("board/input.2", "0")
                try await scene.awaitAlarm("cabinet-open", "active")
                try await scene.set("cabinet/temperature", "70")
                try await scene.awaitAlarm("cabinet-over-temperature", "active")
                try await scene.awaitLine("board/relay.3", true)
                #expect(try await scene.events(in: "alarm") >= 8)
            }
        }

        @Test func `A locker wall hands parcels out, and its entrance opens to people and fire`()
            async throws
        {
            try await Scene.run { scene in
                try await scene.start(
                    sample: "parcel-lockers",
                    quiet: [
                        "board-2/input.6": "0", "board-2/input.7": "0", "board-2/input.8": "0",
                    ])
                func compartments() async throws -> [LockerReport.Compartment] {
                    let banks: [LockerReport] = try await scene.ask("lockers")
                    return try #require(banks.first).compartments
                }
                try await eventually("all twelve are closed") {
                    let all = try await compartments()
                    return all.count == 12 && all.allSatisfy { $0.state == "closed" }
                }
                let deposit: LockerAnswer = try await scene.ask(
                    "lockers", "deposit", "wall", "--size", "medium")
                #expect(deposit.compartment == "B01")
                let code = try #require(deposit.code)
                func isShut() async throws -> Bool {
                    let one = try #require(try await compartments().first { $0.name == "B01" })
                    return one.parcelSince != nil && one.state == "closed"
                        && one.isStrikeActive == false
                }
                try await eventually("the courier has shut it") { try await isShut() }
                let pickup: LockerAnswer = try await scene.ask("lockers", "pickup", "wall", code)
                #expect(pickup.compartment == "B01")
                try await eventually("it opens") { try await !isShut() }

                // Out by the button, with light on the stairs.
                try await eventually("the entrance is secure") {
                    try await scene.door("entrance").state == "secure"
                }
                try await scene.awaitLine("board-2/relay.6", false)
                try await scene.set("board-2/input.7", "1")
                try await scene.awaitLine("board-2/relay.6", true)
                try await scene.simulate("hand", "entrance", "ignore")
                try await scene.set("board-2/input.6", "1")
                try await eventually("the button releases the entrance") {
                    try await scene.door("entrance").isStrikeActive == true
                }
                try await scene.set("board-2/input.6", "0")
                try await eventually("for some seconds") {
                    try await scene.door("entrance").isStrikeActive == false
                }

                try await scene.set("board-2/input.8", "1")
                try await scene.awaitAlarm("fire", "active")
                try await eventually("the fire holds it unlocked") {
                    let door = try await scene.door("entrance")
                    return door.isStrikeActive == true && door.state.contains("alarm")
                }
                try await scene.set("board-2/input.8", "0")
                try await eventually("and lets it go") {
                    try await scene.door("entrance").isStrikeActive == false
                }
                #expect(try await scene.events(in: "alarm") >= 2)
                #expect(try await scene.events(in: "event") >= 4)
            }
        }
    }
}
