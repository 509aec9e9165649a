import Execution
import Glibc
import Persistence
import Telemetry
import Testing

struct OutboxDiskFullTests {
    /// The database may not grow beyond 100 pages, 50 KiB: what SQLite calls a full disk.
    @Test func goesOnWithWhatItHasWhenTheDatabaseCannotGrow() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, pageLimit: 100)
            try await Self.fillUp(outbox)
            try await outbox.close()
        }
    }

    @Test(.enabled(if: Mount.isPossible, "needs the right to mount"))
    func goesOnWithWhatItHasWhenTheDiskIsFull() async throws {
        try await withFolder { folder in
            try await Mount.withTmpfs(at: folder, options: "size=600k") {
                let outbox = try await Outbox.forTest(in: folder)
                try await Self.fillUp(outbox)
                try await outbox.close()
            }
        }
    }

    /// Appends far more than there is room for: the newest stay, and gaps tell of the others.
    private static func fillUp(_ outbox: Outbox) async throws {
        try await outbox.addDestination("city")
        var gaps: [GapRecord] = []
        for index in Int64(1)...500 {
            let appended = try await outbox.append(
                .bytes(2_500, at: .start + .seconds(index), seed: UInt64(index)))
            #expect(appended.sequence == index)
            for case .gap(let gap) in appended.reports { gaps.append(gap) }
        }
        let kept = try await outbox.all(in: .reading)
        #expect(kept.count >= 40)
        #expect(kept.last?.sequence == 500)
        #expect(gaps.flatMap { Array($0.sequences) } == Array(1..<(kept.first?.sequence ?? 0)))
        #expect(gaps.allSatisfy { $0.reason == .diskFull })
    }

    @Test(.enabled(if: Mount.isPossible, "needs the right to mount"))
    func saysThatTheDiskIsFullAndLosesNothingForIt() async throws {
        try await withFolder { folder in
            try await Mount.withTmpfs(at: folder, options: "size=400k") {
                let outbox = try await Outbox.forTest(in: folder)
                try await outbox.addDestination("city")
                for index in 1...20 {
                    _ = try await outbox.append(.bytes(2_000, seed: UInt64(index)))
                }
                let before = try await outbox.all(in: .reading)
                await #expect(throws: OutboxError.diskFull) {
                    try await outbox.append(.bytes(2_000_000))
                }
                #expect(try await outbox.all(in: .reading) == before)
                #expect(await outbox.takeReports() == [])
                #expect(try await outbox.append(.bytes(100)).sequence == 21)
                try await outbox.close()

                let again = try await Outbox.forTest(in: folder)
                #expect(await again.takeReports() == [])
                #expect(try await again.append(.bytes(100)).sequence == 22)
                try await again.close()
            }
        }
    }

    /// A disk smaller than the cache may be: what it has is enough for the cache to grow again.
    @Test(.enabled(if: Mount.isPossible, "needs the right to mount"), arguments: [8, 60])
    func growsAgainOnceThereIsRoom(batches: Int) async throws {
        try await withFolder { folder in
            try await Mount.withTmpfs(at: folder, options: "size=1500k") {
                let outbox = try await Outbox.forTest(in: folder)
                for index in 0..<batches {
                    let appended = try await outbox.append(
                        .bytes(2_500, at: .start + .seconds(index)))
                    #expect(appended.canGrow)
                }
                try Mount.fill(folder + "/ballast")
                var full = 0
                for index in 0..<100 where full < 20 {
                    let appended = try await outbox.append(
                        .bytes(2_500, at: .start + .seconds(1_000 + index)))
                    if !appended.canGrow { full += 1 }
                }
                #expect(full == 20)
                unlink(folder + "/ballast")
                let before = try await outbox.all(in: .reading).count
                for index in 0..<20 {
                    let appended = try await outbox.append(
                        .bytes(2_500, at: .start + .seconds(2_000 + index)))
                    #expect(appended.canGrow || index == 0)
                }
                let after = try await outbox.all(in: .reading).count
                #expect(after >= before + 19)
                try await outbox.close()
            }
        }
    }

    /// Blocks that the payloads had given back to the disk are not to be had again: the oldest
    /// payloads give theirs, and no batch waits for them.
    @Test(.enabled(if: Mount.isPossible, "needs the right to mount"))
    func needsNoBlocksThatItGaveBack() async throws {
        try await withFolder { folder in
            try await Mount.withTmpfs(at: folder, options: "size=2m") {
                let outbox = try await Outbox.forTest(in: folder, bytes: 512 * 1_024)
                try await outbox.addDestination("city")
                for index in 0..<200 {
                    _ = try await outbox.append(.bytes(3_000, at: .start + .seconds(index)))
                }
                for index in 0..<100 {
                    _ = try await outbox.append(
                        .bytes(2_000, .event, at: .start + .seconds(1_000 + index)))
                }
                let head = await outbox.head(of: .event)
                try await outbox.advance(
                    "city", in: .event, through: head, epoch: outbox.epoch())
                try Mount.fill(folder + "/ballast")
                var gaps: [GapRecord] = []
                for index in 0..<300 {
                    let appended = try await outbox.append(
                        .bytes(3_000, at: .start + .seconds(2_000 + index)))
                    #expect(appended.sequence == Int64(201 + index))
                    for case .gap(let gap) in appended.reports { gaps.append(gap) }
                }
                #expect(gaps.contains { $0.reason == .diskFull })
                let kept = try await outbox.all(in: .reading)
                #expect(kept.count > 10)
                #expect(kept.map(\.sequence) == Array((501 - Int64(kept.count))...500))
                try await outbox.close()
            }
        }
    }

    @Test(.enabled(if: Mount.isPossible, "needs the right to mount"))
    func opensOnceThereIsRoomAgain() async throws {
        try await withFolder { folder in
            try await Mount.withTmpfs(at: folder, options: "size=64k") {
                try write([UInt8](repeating: 1, count: 64 * 1_024), to: folder + "/ballast")
                await #expect(throws: OutboxError.diskFull) {
                    try await Outbox.forTest(in: folder)
                }
                unlink(folder + "/ballast")
                let outbox = try await Outbox.forTest(in: folder)
                #expect(try await outbox.append(.bytes(100)).sequence == 1)
                try await outbox.close()
            }
        }
    }

    @Test(.enabled(if: Mount.isPossible, "needs the right to mount"))
    func setsNothingAsideOnADiskItMayNotWrite() async throws {
        try await withFolder { folder in
            try await Mount.withTmpfs(at: folder, options: "size=1m") {
                let outbox = try await Outbox.forTest(in: folder)
                _ = try await outbox.append(.bytes(100, seed: 3))
                try await outbox.close()
                let before = try contents(of: folder + "/outbox.db")

                try Mount.remount(folder, readOnly: true)
                await #expect { try await Outbox.forTest(in: folder) } throws: { error in
                    if case .notWritable = error as? OutboxError { true } else { false }
                }
                let files = ["outbox.db", "outbox.db-payloads", "outbox.reserve"]
                #expect(names(in: folder) == files)
                #expect(try contents(of: folder + "/outbox.db") == before)
                try Mount.remount(folder, readOnly: false)
                let again = try await Outbox.forTest(in: folder)
                #expect(try await again.all(in: .reading).count == 1)
                try await again.close()
            }
        }
    }

    @Test(arguments: ["/proc/self", "/nowhere/at/all"])
    func refusesAFolderItCannotWrite(folder: String) async throws {
        await #expect { try await Outbox.forTest(in: folder) } throws: { error in
            if case .notWritable = error as? OutboxError { true } else { false }
        }
    }
}

/// Small file systems in memory, for tests that run as root.
enum Mount {
    static let isPossible: Bool = {
        var template = Array("/tmp/linli-mount-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { return false }
        let folder = String(cString: made)
        defer { rmdir(folder) }
        guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return false }
        umount(folder)
        return true
    }()

    static func withTmpfs(
        at folder: String, options: String, _ body: () async throws -> Void
    ) async throws {
        guard mount("tmpfs", folder, "tmpfs", 0, options) == 0 else {
            throw FixtureError(code: errno)
        }
        defer { umount2(folder, Int32(MNT_DETACH)) }
        try await body()
    }

    /// Leaves no block of the disk free.
    static func fill(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 4_096)
        while Glibc.write(file, block, block.count) > 0 {}
        guard errno == ENOSPC else { throw FixtureError(code: errno) }
    }

    static func remount(_ folder: String, readOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0)
        guard mount("tmpfs", folder, "tmpfs", flags, nil) == 0 else {
            throw FixtureError(code: errno)
        }
    }
}
