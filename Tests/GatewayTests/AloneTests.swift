import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// The gas chain with nothing but the gateway and its wires: no city, a disk that is full or
    /// broken, and a clock nobody keeps where the machine has none.
    @Suite(.enabled(if: SmallDisk.isAvailable, "needs the right to mount"))
    struct AloneTests {
        private func write(_ scene: Scene) throws {
            let (port, broker) = (try Scene.freePort(), try Scene.freePort())
            try scene.write(
                buses: ["b: {tcp: \"127.0.0.1:\(port)\"}"],
                devices: [
                    "gas-room: {profile: honeywell-raeguard3, bus: b, unit: 1, every: 200ms}",
                    "relays: {profile: waveshare-modbus-rtu-relay-8, bus: b, unit: 2, "
                        + "every: 200ms, read: [input.1, input.2, input.3]}",
                ],
                mechanisms: [
                    "doors:",
                    "  entrance: {strike: relays/relay.3, contact: relays/input.2}",
                    "lighting:",
                    "  stairs: {circuit: relays/relay.4, safeState: off, control: ["
                        + "{presence: relays/input.3}]}",
                    "valves:",
                    "  gas-valve: {close: relays/relay.1, closed: relays/input.1, within: 5s}",
                    "alarms:",
                    "  gas-leak:",
                    "    when: {point: gas-room/gas.concentration, above: 10}",
                    "    then: [{close: gas-valve}, {on: relays/relay.2}, {on: stairs}, "
                        + "{release: entrance}]",
                    "    latch: true",
                    "destinations:",
                    "  city:",
                    "    mqtt: {url: \"mqtt://127.0.0.1:\(broker)\"}",
                    "    format: linli",
                    "    share: everything",
                ])
        }

        private func startDevices(_ scene: Scene) async throws {
            _ = try await scene.startDevices()
            try await scene.set("gas-room/gas.concentration", "0")
            try await scene.set("relays/input.3", "0")
        }

        private func awaitChain(_ scene: Scene) async throws {
            try await scene.awaitAlarm("gas-leak", "active")
            try await eventually("the valve is shut, as its contact says") {
                try await scene.valve("gas-valve").isClosed == true
            }
            for relay in ["relays/relay.2", "relays/relay.3", "relays/relay.4"] {
                try await scene.awaitLine(relay, true)
            }
        }

        @Test func `Gas shuts the valve after a restart on a full disk, with no city`() async throws
        {
            try await Scene.run { scene in
                try write(scene)
                let disk = try SmallDisk(at: scene.state, kibibytes: 2_048)
                defer { disk.unmount() }
                try await startDevices(scene)
                let first = try await scene.startDaemon()
                try await scene.awaitAlarm("gas-leak", "quiet")
                try disk.fill()
                try await eventually("the full disk is reported") {
                    try await scene.status.faults.contains { $0.words.contains("disk") }
                }
                first.signal(SIGKILL)
                _ = try await first.exitCode()
                let daemon = try await scene.startDaemon()
                try await scene.awaitAlarm("gas-leak", "quiet")
                try await scene.set("gas-room/gas.concentration", "25")
                try await awaitChain(scene)
                #expect(daemon.isRunning)

                // As soon as there is room again, what happens is kept.
                try disk.empty()
                try await eventually("the cache can grow again") {
                    try await !scene.status.faults.contains { $0.words.contains("disk is full") }
                }
                try await scene.set("gas-room/gas.concentration", "0")
                try await scene.awaitAlarm("gas-leak", "latched")
                #expect(try await scene.linli(["alarms", "ack", "gas-leak"]).exitCode == 0)
                try await eventually("the end of the alarm is in the cache") {
                    try await scene.events(in: "alarm") > 0
                }
            }
        }

        @Test func `Gas shuts the valve where the disk was full before there was a cache`()
            async throws
        {
            try await Scene.run { scene in
                try write(scene)
                let disk = try SmallDisk(at: scene.state, kibibytes: 2_048)
                defer { disk.unmount() }
                try disk.fill()
                try await startDevices(scene)
                _ = try await scene.startDaemon()
                try await scene.awaitAlarm("gas-leak", "quiet")
                let faults = try await scene.status.faults.map(\.words)
                #expect(faults.first?.contains("kept in memory") == true, "\(faults)")
                // The site would have 2 GiB.
                let cache: CacheReport = try await scene.ask("cache")
                #expect(cache.maximumBytes == 32 << 20)
                try await scene.set("gas-room/gas.concentration", "25")
                try await awaitChain(scene)
                #expect(try await scene.events(in: "alarm") > 0)
            }
        }

        @Test func `A latched alarm outlasts a disk that cannot be written any more`() async throws
        {
            try await Scene.run { scene in
                try write(scene)
                let disk = try SmallDisk(at: scene.state, kibibytes: 8_192)
                defer { disk.unmount() }
                try await startDevices(scene)
                try await scene.set("gas-room/gas.concentration", "25")
                let first = try await scene.startDaemon()
                try await awaitChain(scene)
                try await eventually("the latch is on the disk") {
                    File.exists(scene.state + "/alarms.json")
                }
                first.signal(SIGKILL)
                _ = try await first.exitCode()
                try disk.makeReadOnly()
                try await scene.set("gas-room/gas.concentration", "0")
                let second = try await scene.startDaemon()
                try await scene.awaitAlarm("gas-leak", "latched")
                try await eventually("the valve is held") {
                    let valve = try await scene.valve("gas-valve")
                    return valve.isDriven && valve.isClosed == true
                }
                #expect(
                    try await scene.status.faults.contains { $0.words.contains("kept in memory") })

                // Seen to meanwhile: the disk's older word does not bring it back.
                #expect(try await scene.linli(["alarms", "ack", "gas-leak"]).exitCode == 0)
                try await eventually("the latch is gone from memory") {
                    !File.text(of: scene.memory + "/alarms.json").contains("gas-leak")
                }
                second.signal(SIGKILL)
                _ = try await second.exitCode()
                _ = try await scene.startDaemon()
                try await scene.awaitAlarm("gas-leak", "quiet")
            }
        }

        @Test func `A disk that fills up while gas flows holds nothing up`() async throws {
            try await Scene.run { scene in
                try write(scene)
                let disk = try SmallDisk(at: scene.state, kibibytes: 2_048)
                defer { disk.unmount() }
                try await startDevices(scene)
                _ = try await scene.startDaemon()
                try await scene.awaitAlarm("gas-leak", "quiet")
                try disk.fill()
                try await eventually("the full disk is reported") {
                    try await scene.status.faults.contains { $0.words.contains("disk") }
                }
                try await scene.set("gas-room/gas.concentration", "25")
                try await awaitChain(scene)
                try await scene.set("gas-room/gas.concentration", "0")
                try await scene.awaitAlarm("gas-leak", "latched")
                #expect(try await scene.linli(["alarms", "ack", "gas-leak"]).exitCode == 0)
                try await scene.awaitAlarm("gas-leak", "quiet")
                try await scene.awaitLine("relays/relay.2", false)
            }
        }
    }
}
