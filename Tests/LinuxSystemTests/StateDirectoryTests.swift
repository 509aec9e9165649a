import Glibc
import LinuxSystem
import Testing

struct StateDirectoryTests {
    private static func rights(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    private static func make(_ path: String, _ mode: mode_t) {
        close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        chmod(path, mode)
    }

    private static func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/linli-folder-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            for name in ["outbox.db", "codes.key", "mine.txt", "lock", "link"] {
                unlink(folder + "/" + name)
                unlink(folder + "/new/" + name)
            }
            rmdir(folder + "/new")
            rmdir(folder)
        }
        try body(folder)
    }

    @Test func aNewFolderIsForItsOwnerAlone() throws {
        try Self.withFolder { folder in
            let state = try StateDirectory(path: folder + "/new")
            #expect(Self.rights(state.path) == 0o700)
            #expect(Self.rights(state.path + "/lock") == 0o600)
        }
    }

    @Test func rightsThatWereGivenBeforeAreTakenAndForeignFilesLeftAlone() throws {
        try Self.withFolder { folder in
            chmod(folder, 0o755)
            Self.make(folder + "/outbox.db", 0o644)
            Self.make(folder + "/codes.key", 0o640)
            Self.make(folder + "/mine.txt", 0o644)
            let state = try StateDirectory(path: folder)
            #expect(Self.rights(state.path) == 0o700)
            #expect(Self.rights(folder + "/outbox.db") == 0o600)
            #expect(Self.rights(folder + "/codes.key") == 0o600)
            #expect(Self.rights(folder + "/mine.txt") == 0o644)
        }
    }

    @Test func aSharedFolderStaysShared() throws {
        try Self.withFolder { folder in
            chmod(folder, 0o1777)
            let state = try StateDirectory(path: folder)
            #expect(Self.rights(state.path) == 0o1777)
        }
    }
}
