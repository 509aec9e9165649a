import FoundationEssentials
import MaintenanceAPI
import Testing

extension GatewayTests {
    @Suite struct ReloadTests {
        private func write(
            _ scene: Scene, ports: [UInt16], every: String, extra: String = ""
        )
            throws
        {
            try scene.write(
                buses: [
                    "quiet: {tcp: \"127.0.0.1:\(ports[0])\"}",
                    "busy: {rtuOverTCP: \"127.0.0.1:\(ports[1])\"}",
                ],
                devices: [
                    "meter-1: {profile: eastron-sdm120, bus: quiet, unit: 1, every: 1s}",
                    "meter-2: {profile: eastron-sdm120, bus: busy, unit: 2, every: \(every)\(extra)}",
                ])
        }

        @Test func `A reload restarts only what changed`() async throws {
            try await Scene.run { scene in
                let ports = [try Scene.freePort(), try Scene.freePort()]
                try write(scene, ports: ports, every: "1s")
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                try await eventually("both buses are polled") {
                    let counts = [try await scene.bus("quiet"), try await scene.bus("busy")]
                    return counts.allSatisfy { $0.counters.answers >= 10 }
                }
                let quiet = try await scene.bus("quiet")
                let busy = try await scene.bus("busy")

                try write(scene, ports: ports, every: "1h")
                let report: ReloadReport = try await scene.ask("reload")
                #expect(report.isApplied)
                #expect(report.devices == ["meter-2 changed"])
                #expect(report.buses == [])
                #expect(report.destinations == [])
                let device = try await scene.device("meter-2")
                #expect(device.every == "1h")

                let restarted = try await scene.bus("busy")
                #expect(restarted.counters.requests < busy.counters.requests)
                try await eventually("the untouched bus goes on") {
                    try await scene.bus("quiet").counters.answers > quiet.counters.answers + 5
                }
                let after = try await scene.bus("quiet")
                #expect(after.counters.requests > quiet.counters.requests)
                #expect(after.counters.connections == quiet.counters.connections)

                let again: ReloadReport = try await scene.ask("reload")
                #expect(again.isApplied)
                #expect(again.devices == [])
            }
        }

        /// Each reads the document, changes a bus, and starts its devices anew.
        @Test func `Reloads leave no memory behind`() async throws {
            try await Scene.run { scene in
                let ports = [try Scene.freePort(), try Scene.freePort()]
                try write(scene, ports: ports, every: "1s")
                let daemon = try await scene.startDaemon()
                let started = try Self.residentKibibytes(daemon)
                var kibibytes: [Int] = []
                for count in 1...Self.reloads {
                    try write(scene, ports: ports, every: count % 2 == 0 ? "1s" : "2s")
                    let report: ReloadReport = try await scene.ask("reload")
                    #expect(report.devices == ["meter-2 changed"])
                    if count % 5 == 0 { kibibytes.append(try Self.residentKibibytes(daemon)) }
                }
                print("resident at first \(started) KiB, after each 5 reloads \(kibibytes)")
                // It goes up and down by what happens to be under way.
                let half = kibibytes.count / 2
                let before = try #require(kibibytes.prefix(half).min())
                let after = try #require(kibibytes.suffix(half).min())
                #expect(after - before < 1_536)
                // What the start and each reload needed for a moment is given back.
                #expect(after < started)
            }
        }

        /// `LINLI_TEST_RELOADS=200` for the long form.
        private static let reloads =
            ProcessInfo.processInfo.environment["LINLI_TEST_RELOADS"].flatMap(Int.init) ?? 100

        /// Source: proc(5), /proc/pid/status.
        private static func residentKibibytes(_ daemon: Program) throws -> Int {
            let status = File.text(of: "/proc/\(daemon.process)/status")
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(Int(line.split(separator: " ").dropLast().last ?? ""))
        }

        @Test func `A faulty site is refused and the running one goes on`() async throws {
            try await Scene.run { scene in
                let ports = [try Scene.freePort(), try Scene.freePort()]
                try write(scene, ports: ports, every: "1s")
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                let before = try await scene.bus("busy")
                try write(scene, ports: ports, every: "never", extra: ", colour: red")
                let reload = try await scene.linli(["reload"])
                #expect(reload.exitCode == 1)
                let text = reload.output + reload.complaints
                for word in ["devices.meter-2.every", "devices.meter-2.colour", "site.yaml:8:"] {
                    #expect(text.contains(word), "\(text)")
                }
                try await eventually("the running site goes on") {
                    try await scene.bus("busy").counters.answers > before.counters.answers + 5
                }
                let device = try await scene.device("meter-2")
                #expect(device.every == "1s")
            }
        }
    }
}
