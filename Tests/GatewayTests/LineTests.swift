import CLinux
import Glibc
import MaintenanceAPI
import TestSupport
import Testing

extension GatewayTests {
    /// The whole gateway on chips of the kernel's own: see `deploy/vm/run`, and `deploy/test`,
    /// which gives the guest a chip labelled `sim`.
    @Suite(.enabled(if: Chip("sim").isAvailable, "needs gpio-sim: deploy/vm/run --chip sim:16"))
    struct LineTests {
        init() { Chip.trustClock() }

        private func write(_ scene: Scene, broker: UInt16, devices: Int = 1) throws {
            let port = try Scene.freePort()
            try scene.write(
                buses: ["b: {tcp: \"127.0.0.1:\(port)\"}"],
                devices: (1...devices).map {
                    "meter-\($0): {profile: eastron-sdm120, bus: b, unit: \($0), every: 1s}"
                },
                mechanisms: [
                    "lockers:",
                    "  east: {compartments: {A01: {strike: LOCK1, contact: DOOR1, size: small}}}",
                    "valves:",
                    "  gas-valve: {close: VALVE1, closed: VALVE1-SHUT, within: 60s}",
                    "alarms:",
                    "  gas-leak:",
                    "    when: {line: GAS1}",
                    "    then: [{close: gas-valve}, {on: FAN1}]",
                    "destinations:",
                    "  city:",
                    "    mqtt: {url: \"mqtt://127.0.0.1:\(broker)\"}",
                    "    format: linli-json",
                    "    share: everything",
                ],
                board: [
                    "LOCK1: {chip: sim, offset: 0}",
                    "DOOR1: {chip: sim, offset: 1, debounce: 10ms}",
                    "GAS1: {chip: sim, offset: 2}",
                    "VALVE1: {chip: sim, offset: 3}",
                    "VALVE1-SHUT: {chip: sim, offset: 4}",
                    "FAN1: {chip: sim, offset: 5, activeLow: true}",
                ])
        }

        @Test func `Gas on a contact shuts the valve and the city hears of it`() async throws {
            try await Scene.run { scene in
                let broker = try Scene.freePort()
                try write(scene, broker: broker)
                let (gas, valve, fan) = (Line(2), Line(3), Line(5))
                try gas.pull(up: false)
                _ = try await scene.startCity(port: broker, destination: "city")
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                try await eventually("all lines are there") {
                    let lines: [LineReport] = try await scene.ask("lines")
                    return lines.count == 6 && lines.allSatisfy { $0.fault == nil }
                }
                try await eventually("all rests") { try !valve.isHigh && fan.isHigh }

                try gas.pull(up: true)
                try await eventually("valve and fan follow") { try valve.isHigh && !fan.isHigh }
                try await eventually("the valve's contact says so") {
                    let report: AlarmsReport = try await scene.ask("alarms")
                    return report.valves.first?.isClosed == true
                }
                try await eventually("the city has the alarm and the valve's report") {
                    let messages = File.text(of: scene.folder + "/city/messages.bin")
                    return messages.contains("alarm.raised") && messages.contains("valve.closed")
                }
            }
        }

        @Test func `A release opens its compartment, and the city hears of it`() async throws {
            try await Scene.run { scene in
                let broker = try Scene.freePort()
                try write(scene, broker: broker)
                let strike = Line(0)
                _ = try await scene.startCity(port: broker, destination: "city")
                _ = try await scene.startDevices()
                let daemon = try await scene.startDaemon()
                func compartment() async throws -> LockerReport.Compartment? {
                    let banks: [LockerReport] = try await scene.ask("lockers")
                    return banks.first?.compartments.first
                }
                try await eventually("it is closed") { try await compartment()?.state == "closed" }
                #expect(try !strike.isHigh)
                #expect(try await scene.linli(["lockers", "release", "east/A01"]).exitCode == 0)
                try await eventually("it opens") { try await compartment()?.isClosed == false }
                try await eventually("its strike is inactive again") { try !strike.isHigh }
                try await eventually("the city has the release and the opening") {
                    let messages = File.text(of: scene.folder + "/city/messages.bin")
                    return messages.contains("strike.released")
                        && messages.contains("compartment.opened")
                }
                try await eventually("somebody closes it") {
                    try await compartment()?.state == "closed"
                }

                // Killed in the middle of a pulse, and started again.
                #expect(try await scene.linli(["lockers", "release", "east/A01"]).exitCode == 0)
                daemon.signal(SIGKILL)
                _ = try await daemon.exitCode()
                _ = try await scene.startDaemon()
                #expect(try !strike.isHigh)
            }
        }

        /// While a bus is busy all the time and the cache takes a batch a second. Printed, not
        /// judged: the processor may be emulated.
        @Test func `Prints how long the valve takes after the gas`() async throws {
            try await Scene.run { scene in
                let broker = try Scene.freePort()
                try write(scene, broker: broker, devices: 20)
                let (gas, valve) = (Line(2), Line(3))
                try gas.pull(up: false)
                _ = try await scene.startCity(port: broker, destination: "city")
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                try await eventually("the bus is busy") {
                    try await scene.status.readingsRecorded > 100
                }
                var times: [Duration] = []
                let limit = Patience.limit(.seconds(5))
                for _ in 0..<12 {
                    let clock = ContinuousClock()
                    let start = clock.now
                    try gas.pull(up: true)
                    while try !valve.isHigh, clock.now - start < limit {}
                    times.append(clock.now - start)
                    try gas.pull(up: false)
                    try await eventually("the alarm is over") {
                        let report: AlarmsReport = try await scene.ask("alarms")
                        return report.alarms.first { $0.name == "gas-leak" }?.state == "quiet"
                    }
                    _ = try await scene.linli(["alarms", "open", "gas-valve"])
                    try await eventually("the valve may open") { try !valve.isHigh }
                }
                let sorted = times.sorted()
                print(
                    "gas to valve through the gateway, 12 times: median \(sorted[6]),",
                    "at most \(sorted[11])")
                #expect(sorted[11] < limit)
            }
        }
    }

    /// A chip of the kernel's gpio-sim, from outside: see `deploy/vm/run`.
    struct Chip {
        let label: String
        private var settings: String { "/sys/kernel/config/gpio-sim/\(label)" }

        init(_ label: String) {
            self.label = label
        }

        /// The guest has no time service, and batches without the date wait for one.
        static func trustClock() {
            var state = timex()
            state.modes = 0x14  // ADJ_STATUS and ADJ_MAXERROR: kept, and to the microsecond.
            adjtimex(&state)
        }

        var isAvailable: Bool { File.exists("/run/chips/\(label)/sim_gpio0/value") }

        /// Where its lines are now.
        var folder: String {
            func word(_ name: String) -> String {
                File.text(of: "\(settings)/\(name)").filter { !$0.isNewline }
            }
            return "/sys/devices/platform/\(word("dev_name"))/\(word("bank/chip_name"))"
        }

        /// Puts the chip in, or pulls it out.
        func setLive(_ isLive: Bool) {
            let file = open(settings + "/live", O_WRONLY | O_CLOEXEC)
            defer { close(file) }
            // One that is so already refuses.
            _ = Glibc.write(file, isLive ? "1" : "0", 1)
        }
    }

    /// A line of such a chip.
    struct Line {
        private let file: (String) -> String

        init(_ offset: Int, of chip: String = "sim") {
            file = { "\(Chip(chip).folder)/sim_gpio\(offset)/\($0)" }
        }

        /// What it is driven to.
        var isHigh: Bool {
            get throws { File.text(of: file("value")).hasPrefix("1") }
        }

        func pull(up: Bool) throws {
            let file = open(file("pull"), O_WRONLY | O_CLOEXEC)
            try #require(file >= 0)
            defer { close(file) }
            let word = up ? "pull-up" : "pull-down"
            try #require(Glibc.write(file, word, word.utf8.count) == word.utf8.count)
        }
    }
}
