import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// A state folder on a file system of its own that gets full.
    @Suite(.enabled(if: SmallDisk.isAvailable, "needs the right to mount"))
    struct DiskFullTests {
        @Test func `A full disk stops only the cache's growth, and is reported`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(2)
                let disk = try SmallDisk(at: scene.state, kibibytes: 2_048)
                defer { disk.unmount() }
                _ = try await scene.startDevices()
                let daemon = try await scene.startDaemon()
                try await eventually("batches are stored") {
                    try await scene.status.cache.batches > 2
                }
                try disk.fill()
                try await eventually("it is reported") {
                    try await scene.status.faults.contains { $0.words.contains("disk") }
                }
                let full = try await scene.status
                try await eventually("meters are read on") {
                    let status = try await scene.status
                    return status.readingsRecorded > full.readingsRecorded + 20
                        && status.devicesAnswering == 2
                }
                #expect(daemon.isRunning)

                try disk.empty()
                let before = try await scene.status.cache
                try await eventually("the cache grows again, and all is well") {
                    let status = try await scene.status
                    return status.cache.batches > before.batches + 2
                        && !status.faults.contains { $0.words.contains("disk") }
                }
                // What waited in memory meanwhile was not lost: no sequence number is missing.
                let cache: CacheReport = try await scene.ask("cache")
                let lane = try #require(cache.lanes.first { $0.lane == "reading" })
                #expect(lane.batches == (lane.lastSequence ?? 0) - (lane.firstSequence ?? 0) + 1)
            }
        }
    }
}

/// A file system in memory, small enough to fill.
struct SmallDisk {
    let path: String

    /// Whether this process may mount: root outside a narrow container may.
    static var isAvailable: Bool {
        let path = "/tmp/linli-mount-\(getpid())"
        guard let disk = try? SmallDisk(at: path, kibibytes: 64) else { return false }
        disk.unmount()
        rmdir(path)
        return true
    }

    struct NotMounted: Error {
        let errno: Int32
    }

    init(at path: String, kibibytes: Int) throws {
        self.path = path
        mkdir(path, 0o700)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
            throw NotMounted(errno: errno)
        }
    }

    func unmount() {
        umount2(path, Int32(MNT_DETACH))
    }

    private var ballast: String { path + "/ballast" }

    /// Leaves no block free.
    func fill() throws {
        let file = open(ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4_096)
        while write(file, block, block.count) > 0 {}
        try #require(errno == ENOSPC)
    }

    /// What ext4 does to itself when its medium fails.
    func makeReadOnly() throws {
        let status = mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil)
        guard status == 0 else { throw NotMounted(errno: errno) }
    }

    func empty() throws {
        try #require(unlink(ballast) == 0)
    }
}
