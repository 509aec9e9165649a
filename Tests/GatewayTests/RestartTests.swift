import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    @Suite struct RestartTests {
        @Test func `A second daemon on one state folder refuses and the first goes on`()
            async throws
        {
            try await Scene.run { scene in
                try scene.writeMeters(1)
                _ = try await scene.startDevices()
                let first = try await scene.startDaemon()
                let second = try scene.launchDaemon()
                let exitCode = try await second.exitCode()
                #expect(exitCode == 75)
                #expect(second.complaints.contains(scene.state))
                #expect(second.complaints.contains("\(first.process)"))
                try await expectPolling(in: scene)
                #expect(first.isRunning)
            }
        }

        @Test func `SIGTERM seals the open batch and leaves nothing behind`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(1, cache: "{sealEvery: 10m}")
                let devices = try await scene.startDevices()
                let daemon = try await scene.startDaemon()
                var open = 0
                try await eventually("readings are open") {
                    let status = try await scene.status
                    open = status.openBatch.readings
                    #expect(status.cache.readings < 10)
                    return open >= 10
                }
                daemon.signal(SIGTERM)
                let exitCode = try await daemon.exitCode()
                #expect(exitCode == 0, "\(daemon.complaints)")
                #expect(!File.exists(scene.socket))
                // No log of SQLite's beside the database.
                let files = try File.names(in: scene.state).filter { $0.hasPrefix("outbox.db") }
                #expect(files == ["outbox.db", "outbox.db-payloads"])

                // Nothing is read after this: what is found was sealed before.
                devices.end()
                _ = try await scene.startDaemon()
                let cache: CacheReport = try await scene.ask("cache")
                let stored = cache.lanes.first { $0.lane == "reading" }
                #expect(stored?.readings ?? 0 >= Int64(open))
                let samples = try await scene.goodSamples(of: "meter-1/voltage.l1")
                #expect(!samples.isEmpty)
                #expect(Set(samples.map(\.quality)) == ["good"])
            }
        }

        @Test func `After SIGKILL polling is back and no sequence repeats`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(2)
                _ = try await scene.startDevices()
                var epochs: Set<String> = []
                var last: Int64 = 0
                for _ in 0..<3 {
                    let daemon = try await scene.startDaemon()
                    try await expectPolling(in: scene)
                    var lane: LaneReport?
                    try await eventually("batches are stored beyond \(last)") {
                        let cache: CacheReport = try await scene.ask("cache")
                        epochs.insert(cache.epoch)
                        lane = cache.lanes.first { $0.lane == "reading" }
                        return lane?.lastSequence ?? 0 > last
                    }
                    let reached = try #require(lane)
                    // Without holes and repetitions there are as many as were counted.
                    #expect(reached.firstSequence == 1)
                    #expect(reached.batches == reached.lastSequence)
                    last = try #require(reached.lastSequence)
                    daemon.signal(SIGKILL)
                    let exitCode = try await daemon.exitCode()
                    #expect(exitCode == 128 + SIGKILL)
                }
                // The numbers go on; each start has keys of its own.
                #expect(epochs.count == 3)
                _ = try await scene.startDaemon()
                let times = try await scene.goodSamples(of: "meter-1/voltage.l1").map(\.time)
                #expect(Set(times).count == times.count)
            }
        }

        @Test func `The state folder is its owner's alone, whatever the umask`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(1, reading: "[voltage.l1, energy.active.import.total]")
                _ = try await scene.startDevices()
                mkdir(scene.state, 0o755)
                let earlier = open(scene.state + "/meters.json.old", O_WRONLY | O_CREAT, 0o644)
                close(earlier)
                let daemon = try scene.start(
                    ["/bin/sh", "-c", "umask 0; exec \"$@\"", "sh"] + scene.daemonWords)
                try await eventually("batches are stored") {
                    try #require(daemon.isRunning, "\(daemon.complaints)")
                    guard File.exists(scene.socket) else { return false }
                    return try await scene.status.cache.batches > 1
                }
                var files = try File.names(in: scene.state)
                #expect(files.contains("outbox.db-wal"))
                // SIGTERM writes the meters' file.
                daemon.signal(SIGTERM)
                let exitCode = try await daemon.exitCode()
                #expect(exitCode == 0)
                files = try File.names(in: scene.state)
                #expect(files.contains("meters.json"))
                for name in files + ["."] {
                    var status = stat()
                    stat(scene.state + "/" + name, &status)
                    #expect(status.st_mode & 0o077 == 0, "\(name)")
                }
            }
        }

        @Test func `A corrupt cache is set aside and reading goes on`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(1)
                _ = try await scene.startDevices()
                mkdir(scene.state, 0o700)
                let garbage = String(repeating: "this is no database. ", count: 1_000)
                try File.write(garbage, to: scene.state + "/outbox.db")
                _ = try await scene.startDaemon()
                let aside = try #require(
                    try File.names(in: scene.state).first { $0.contains("set-aside") })
                #expect(File.text(of: "\(scene.state)/\(aside)") == garbage)
                let faults = try await scene.status.faults.map(\.words)
                #expect(faults.contains { $0.contains(aside) }, "\(faults)")
                let page = try await scene.linli(["status"])
                #expect(page.output.contains("set aside"))
                try await expectPolling(in: scene)
                try await eventually("the new cache holds readings") {
                    try await scene.status.cache.readings > 0
                }
            }
        }

        private func expectPolling(in scene: Scene) async throws {
            let before = try await scene.status.readingsRecorded
            try await eventually("the readings grow") {
                try await scene.status.readingsRecorded > before
            }
            try await eventually("all devices answer") {
                let status = try await scene.status
                return status.devicesAnswering == status.devicesTotal
            }
        }
    }
}
