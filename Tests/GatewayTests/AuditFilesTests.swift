import Execution
import Foundation
import Glibc
import Logging
import Persistence
import Telemetry
import TestSupport
import Testing

@testable import AccessControl

/// What somebody may do to the audit trail of a stopped gateway, on real files.
struct AuditFilesTests {
    private let root: String
    private var state: String { root + "/state" }
    private var run: String { root + "/run" }

    private init(root: String) {
        self.root = root
        for folder in [state, run, root + "/copy"] { mkdir(folder, 0o700) }
    }

    init() { root = "" }

    private static func withFolders(_ body: (AuditFilesTests) async throws -> Void) async throws {
        var template = Array("/tmp/linli-audit-XXXXXX".utf8CString)
        let root = String(cString: try #require(mkdtemp(&template)))
        defer {
            for folder in ["/state", "/run", "/copy", "/other", ""] {
                for name in (try? File.names(in: root + folder)) ?? [] {
                    unlink("\(root)\(folder)/\(name)")
                }
                rmdir(root + folder)
            }
        }
        try await body(AuditFilesTests(root: root))
    }

    /// Runs a gateway's register: so many deeds, then the findings.
    private func findings(
        after deeds: Int = 0, folder: String? = nil
    ) async throws -> (faults: [AuditCheck.Fault], head: AuditHead, told: [Event]) {
        let executor = ThreadExecutor(name: "access")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try AccessStore(folder: folder ?? state, executor: executor)
        let files = AuditFiles(
            stateFolder: folder ?? state, beside: run + "/linlid.sock", executor: executor,
            secrets: SystemRandomNumberGenerator(), logger: logger)
        let journal = AccessJournal(store, files, logger: logger)
        let told = InheritingLock<[Event]>([])
        let register = AccessRegister(
            journal: journal, contents: try await journal.load(),
            time: HandClock(Timestamp(milliseconds: 1_790_000_000_000)).source,
            record: { event, _ in told.withLock { $0.append(event) } })
        for number in 0..<deeds {
            let isSaved = await register.commit(
                [], AccessRegister.Deed("li", "released", "\(number)"))
            #expect(isSaved)
        }
        let found = try await register.audit(last: 5)
        await store.close()
        return (found.faults, found.head, told.withLock { $0 })
    }

    private func copy(_ from: String, to: String, only prefix: String = "") throws {
        for name in try File.names(in: from) where name.hasPrefix(prefix) {
            try File.write(bytes: File.bytes(of: "\(from)/\(name)"), to: "\(to)/\(name)")
        }
    }

    private func remove(_ prefix: String, in folder: String) throws {
        for name in try File.names(in: folder) where name.hasPrefix(prefix) {
            unlink("\(folder)/\(name)")
        }
    }

    @Test func aTrailGoesOnOverRestarts() async throws {
        try await Self.withFolders { here in
            for round in Int64(1)...3 {
                let found = try await here.findings(after: 10)
                #expect(found.faults == [])
                #expect(found.head.count == 10 * round)
            }
            for name in try File.names(in: here.state) {
                var status = stat()
                stat(here.state + "/" + name, &status)
                #expect(status.st_mode & 0o777 == 0o600, "\(name)")
            }
        }
    }

    @Test func anEarlierCopyOfTheDatabaseIsFoundAndTheCountGoesOn() async throws {
        try await Self.withFolders { here in
            _ = try await here.findings(after: 10)
            try here.copy(here.state, to: here.root + "/copy", only: "access")
            _ = try await here.findings(after: 5)
            try here.remove("access", in: here.state)
            try here.copy(here.root + "/copy", to: here.state)
            let found = try await here.findings()
            #expect(found.faults == [.missing(11...15)])
            #expect(found.told.map(\.kind) == ["audit.broken"])
            #expect(found.told.first?.details["fault"] == "records 11 to 15 are missing")
            let later = try await here.findings(after: 2)
            #expect(later.faults == [.missing(11...15)])
            #expect(later.head.count == 17)
        }
    }

    @Test func aDeletedTrailIsFound() async throws {
        try await Self.withFolders { here in
            _ = try await here.findings(after: 10)
            try here.remove("access", in: here.state)
            #expect(try await here.findings().faults == [.missing(1...10)])
        }
    }

    /// The key and the kept end are gone as well: the copy outside of the folder cannot prove
    /// anything, and what it names is missing all the same.
    @Test func aDeletedTrailIsFoundWithoutItsKeyToo() async throws {
        try await Self.withFolders { here in
            _ = try await here.findings(after: 10)
            for prefix in ["access", "audit."] { try here.remove(prefix, in: here.state) }
            #expect(
                try await here.findings().faults == [.otherKey(through: 10), .missing(1...10)])
            let later = try await here.findings(after: 2)
            #expect(later.faults == [.missing(1...10)])
            #expect(later.head.count == 12)
        }
    }

    /// Whoever has no key begins the chain with another.
    @Test func aTrailWrittenAnewIsFound() async throws {
        try await Self.withFolders { here in
            _ = try await here.findings(after: 10)
            let other = here.root + "/other"
            mkdir(other, 0o700)
            let marks = try File.bytes(of: here.run + "/linlid.sock.audit")
            unlink(here.run + "/linlid.sock.audit")
            _ = try await here.findings(after: 10, folder: other)
            try File.write(bytes: marks, to: here.run + "/linlid.sock.audit")
            try here.remove("access", in: here.state)
            try here.copy(other, to: here.state, only: "access")
            #expect(try await here.findings().faults == [.changed(1...10), .otherEnd(10)])
        }
    }

    @Test func anEarlierCopyOfTheWholeFolderIsFoundUntilTheMachineStartsAgain() async throws {
        try await Self.withFolders { here in
            _ = try await here.findings(after: 10)
            try here.copy(here.state, to: here.root + "/copy")
            _ = try await here.findings(after: 5)
            try here.remove("", in: here.state)
            try here.copy(here.root + "/copy", to: here.state)
            #expect(try await here.findings().faults == [.missing(11...15)])
            // What is in memory goes with the machine; then the city alone knows.
            try here.remove("", in: here.run)
            #expect(try await here.findings().faults == [])
        }
    }

    @Test(arguments: ["audit.head", "audit.key"])
    func aFileThatIsGoneIsAFault(name: String) async throws {
        try await Self.withFolders { here in
            _ = try await here.findings(after: 10)
            unlink(here.state + "/" + name)
            unlink(here.run + "/linlid.sock.audit")
            let found = try await here.findings()
            #expect(
                found.faults
                    == (name == "audit.head"
                        ? [.noHead] : [.otherKey(through: 10), .changed(1...10)]))
        }
    }
}

extension File {
    fileprivate static func bytes(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    fileprivate static func write(bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }
}
