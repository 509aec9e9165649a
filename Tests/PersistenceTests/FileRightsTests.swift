import Execution
import Glibc
import Testing

@testable import Persistence

struct FileRightsTests {
    private static func rights(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0o777
    }

    /// SQLite makes its files readable by everybody whom the umask lets.
    @Test(arguments: [true, false])
    func nobodyElseReadsADatabase(isThereAlready: Bool) async throws {
        try await withFolder { folder in
            let probe = open(folder + "/probe", O_WRONLY | O_CREAT, 0o644)
            close(probe)
            try #require(Self.rights(folder + "/probe") == 0o644, "an umask that hides the fault")
            unlink(folder + "/probe")
            if isThereAlready {
                let outbox = try await Outbox.forTest(in: folder)
                _ = try await outbox.append(.bytes(9_000))
                try await outbox.close()
                chmod(folder + "/outbox.db", 0o644)
                chmod(folder + "/outbox.db-payloads", 0o644)
                chmod(folder + "/outbox.reserve", 0o600)
            }
            let outbox = try await Outbox.forTest(in: folder)
            _ = try await outbox.append(.bytes(9_000))
            let access = try AccessStore(
                folder: folder, executor: ThreadExecutor(name: "access"))
            try await access.commit([.put(key: "a", value: [1])])
            let files = names(in: folder)
            #expect(files.contains("outbox.db-wal") && files.contains("access.db-wal"))
            for name in files { #expect(Self.rights(folder + "/" + name) == 0o600, "\(name)") }
            await access.close()
            try await outbox.close()
        }
    }
}
