import AccessControl
import Execution
import Persistence
import Synchronization
import Telemetry
import TestSupport
import Testing

/// A database that takes its time, or takes nothing.
final class SlowDatabase: Sendable {
    private struct State {
        var isFailing = false
        var committed: [AccessRecord] = []
        var held: [CheckedContinuation<Void, Never>] = []
        var isHolding = false
    }

    private let state = Mutex(State())

    var committed: [AccessRecord] { state.withLock { $0.committed } }
    var heldCount: Int { state.withLock { $0.held.count } }

    func hold() { state.withLock { $0.isHolding = true } }
    func fail(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }

    func letGo() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isHolding = false
            return state.held
        }
        for one in held { one.resume() }
    }

    var journal: AccessJournal {
        AccessJournal(
            load: { AccessContents(key: AuditKey([1])) },
            commit: { records in
                await withCheckedContinuation { goOn in
                    let isHeld = self.state.withLock { state in
                        if state.isHolding { state.held.append(goOn) }
                        return state.isHolding
                    }
                    if !isHeld { goOn.resume() }
                }
                return self.state.withLock { state in
                    guard !state.isFailing else { return false }
                    state.committed += records
                    return true
                }
            },
            records: { from, limit in
                let all = self.committed.compactMap { record -> AuditRecord? in
                    guard case .audit(let audit) = record else { return nil }
                    return audit
                }
                return Array(all.filter { $0.number >= from }.prefix(limit))
            },
            keep: { _ in }, known: { AuditHead() })
    }
}

struct AccessRegisterTests {
    private func register(_ database: SlowDatabase) -> AccessRegister {
        AccessRegister(
            journal: database.journal, contents: AccessContents(key: AuditKey([1])),
            time: HandClock(Timestamp(milliseconds: 1_790_000_000_000)).source,
            record: { _, _ in })
    }

    /// A grant is on the disk before anybody acts on it, also while another write is under way.
    @Test func aCommitReturnsOnceItIsOnTheDisk() async {
        let database = SlowDatabase()
        let register = register(database)
        database.hold()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let key = "parcel/\(number)"
                    let isSaved = await register.commit(
                        [.put(key, [1])], AccessRegister.Deed("code", "deposited", key))
                    #expect(isSaved)
                    #expect(database.committed.contains(.put(key: key, value: [1])))
                }
            }
            while database.heldCount == 0 { await Task.yield() }
            for _ in 0..<100 { await Task.yield() }
            database.letGo()
        }
        let findings = try? await register.audit(last: 100)
        #expect(findings?.newest.count == 20)
        #expect(findings?.faults == [])
    }

    @Test func whatADiskDoesNotTakeIsWrittenLater() async {
        let database = SlowDatabase()
        let register = register(database)
        database.fail(true)
        #expect(!(await register.commit([.put("a", [1])], .init("code", "x", "a"))))
        #expect(await register.value("a") == [1])
        database.fail(false)
        #expect(await register.commit([.put("b", [2])], .init("code", "x", "b")))
        #expect(database.committed.contains(.put(key: "a", value: [1])))
        #expect((try? await register.audit(last: 9))?.faults == [])
    }

    /// The values stay, whatever becomes of the records of the trail.
    @Test func aGrantIsNotForgottenHoweverLongTheDiskTakesNothing() async {
        let database = SlowDatabase()
        let register = register(database)
        database.fail(true)
        await register.commit([.put("parcel/1", [9])], .init("code", "deposited", "A01"))
        for number in 0..<10_050 {
            await register.commit([], .init("code", "refused", "\(number)"))
        }
        database.fail(false)
        #expect(await register.commit([], .init("code", "refused", "last")))
        #expect(database.committed.contains(.put(key: "parcel/1", value: [9])))
        #expect(database.committed.count <= 10_010)
    }
}
