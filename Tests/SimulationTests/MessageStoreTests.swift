import Glibc
import Simulation
import Testing

@Suite struct MessageStoreTests {
    @Test func whatWasCommittedIsKnownAfterwards() throws {
        try withTemporaryFolder { folder throws in
            var store = try MessageStore(folder: folder) { _ in Issue.record("a new store is empty")
            }
            try store.append(key: "a/1-2", message: [1, 2, 3])
            try store.append(key: "a/3-3", message: [4])
            try store.commit()
            #expect(try Self.keys(folder) == ["a/1-2", "a/3-3"])
        }
    }

    @Test func whatWasNotCommittedIsNotKnown() throws {
        try withTemporaryFolder { folder throws in
            var store = try MessageStore(folder: folder) { _ in }
            try store.append(key: "a/1-2", message: [1, 2, 3])
            try store.commit()
            try store.append(key: "a/3-3", message: [4])
            #expect(try Self.keys(folder) == ["a/1-2"])
        }
    }

    @Test func aTornTailIsCutOff() throws {
        try withTemporaryFolder { folder throws in
            var store = try MessageStore(folder: folder) { _ in }
            try store.append(key: "a/1-2", message: [1, 2, 3])
            try store.commit()
            try append("a/3-3", to: folder + "/keys.log")
            #expect(try Self.keys(folder) == ["a/1-2"])
            var again = try MessageStore(folder: folder) { _ in }
            try again.append(key: "a/3-4", message: [9])
            try again.commit()
            #expect(try Self.keys(folder) == ["a/1-2", "a/3-4"])
        }
    }

    @Test func aForeignFileIsRefused() throws {
        try withTemporaryFolder { folder throws in
            try append("these are\nnot keys at all\n", to: folder + "/keys.log")
            #expect(throws: MessageStoreError.damaged) {
                _ = try MessageStore(folder: folder) { _ in }
            }
        }
    }

    private static func keys(_ folder: String) throws -> [String] {
        var keys: [String] = []
        _ = try MessageStore(folder: folder) { keys.append($0) }
        return keys
    }
}

/// Calls `body` with a folder that is removed afterwards, with the files in it.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try makeTemporaryFolder()
    defer { removeFolder(folder) }
    return try body(folder)
}

/// The same for a body that suspends.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = try makeTemporaryFolder()
    defer { removeFolder(folder) }
    return try await body(folder)
}

private func makeTemporaryFolder() throws -> String {
    var template = Array("/tmp/linli-sim-XXXXXX".utf8CString)
    return String(cString: try #require(mkdtemp(&template)))
}

private func removeFolder(_ folder: String) {
    if let entries = opendir(folder) {
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(folder)/\(name)")
        }
        closedir(entries)
    }
    rmdir(folder)
}

func append(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
}
