import Glibc
import Receiving
import TestSupport
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
            append("a/3-3", to: folder + "/keys.log")
            #expect(try Self.keys(folder) == ["a/1-2"])
            var again = try MessageStore(folder: folder) { _ in }
            try again.append(key: "a/3-4", message: [9])
            try again.commit()
            #expect(try Self.keys(folder) == ["a/1-2", "a/3-4"])
        }
    }

    @Test func aForeignFileIsRefused() throws {
        try withTemporaryFolder { folder throws in
            append("these are\nnot keys at all\n", to: folder + "/keys.log")
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
