import Execution
import Glibc
import Persistence
import Telemetry
import Testing

struct OutboxDiskFullTests {
    /// The database may not grow beyond 600 pages, 300 KiB: what SQLite calls a full disk.
    @Test func goesOnWithWhatItHasWhenTheDatabaseCannotGrow() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder, pageLimit: 600)
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
                #expect(names(in: folder) == ["outbox.db", "outbox.reserve"])
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

    static func remount(_ folder: String, readOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0)
        guard mount("tmpfs", folder, "tmpfs", flags, nil) == 0 else {
            throw FixtureError(code: errno)
        }
    }
}
