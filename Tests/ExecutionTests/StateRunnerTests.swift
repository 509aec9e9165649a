import TestSupport
import Testing

@testable import Execution

@Suite(.timeLimit(.minutes(15))) struct StateRunnerTests {
    @Test(arguments: 0..<200 as Range<UInt64>) func whateverHappensTheContractHolds(
        seed: UInt64
    ) throws {
        let world = ScriptWorld(seed: seed)
        var random = SeededRandom(seed: seed)
        let run = world.begin()
        var (acts, records, asked, notes): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
        for number in 0..<60 {
            switch Int.random(in: 0...7, using: &random) {
            case 0...1:
                let pause = Duration.milliseconds(Int64.random(in: 0...50, using: &random))
                world.host.inbox.put(.wakeUp(at: world.now.advanced(by: pause)))
            case 2...3:
                acts.append(number)
                world.host.inbox.put(.act(number, isElsewhere: Bool.random(using: &random)))
            case 4:
                records.append(number)
                world.host.inbox.put(.record(number))
            case 5:
                asked.append(2 * number + 1_000)
                world.ask(2 * number + 1_000)
            case 6:
                notes.append(number)
                world.host.inbox.put(.note(number))
            default: world.pass(milliseconds: Int.random(in: 1...30, using: &random))
            }
        }
        world.pass(milliseconds: 60)
        let machine = try #require(world.machine)
        #expect(machine.latest == .zero, "no wake-up is missed")
        #expect(machine.dueAt == [])
        #expect(
            machine.heard.filter { if case .note = $0 { true } else { false } }
                == notes.map { .note($0) })
        let field = world.field.state
        #expect(field.done.sorted() == (acts + asked).sorted(), "each is done, and once")
        for number in acts + asked { #expect(machine.heard.count { $0 == .finished(number) } == 1) }
        #expect(field.recorded == records)
        for number in asked { #expect(world.endings[number] == .answered(number)) }
        run.cancel()
        world.executor.run()
        #expect(world.hasEnded)
        #expect(world.clock.sleepers == 0)
        #expect(world.field.state.secured == [1, 2])
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func aSleepThatEndsTooEarlyLosesNoWakeUp(seed: UInt64) throws {
        let world = ScriptWorld(seed: seed, sleepsShort: true)
        let run = world.begin()
        world.host.inbox.put(.wakeUp(at: world.now.advanced(by: .milliseconds(10))))
        world.host.inbox.put(.wakeUp(at: world.now.advanced(by: .milliseconds(30))))
        world.pass(milliseconds: 31)
        #expect(try #require(world.machine).dueAt == [])
        #expect(try #require(world.machine).latest == .zero)
        run.cancel()
        world.executor.run()
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func whatHasArrivedBeforeTheStartIsKnownAtTheStart(seed: UInt64) throws {
        let world = ScriptWorld(seed: seed)
        for number in 0..<3 { world.host.inbox.put(.note(number)) }
        world.ask(4)
        world.executor.run()
        #expect(world.field.state.begun == [], "nothing is done before")
        let run = world.begin()
        world.executor.run()
        #expect(try #require(world.machine).heard == (0..<3).map { .note($0) } + [.finished(4)])
        #expect(world.endings == [4: .answered(4)])
        run.cancel()
        world.executor.run()
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func aCommandSeesAllThatWasHeardBeforeItAndItsRefusalIsTold(seed: UInt64) throws {
        let world = ScriptWorld(seed: seed)
        let run = world.begin()
        world.executor.run()
        for number in 0..<3 { world.host.inbox.put(.note(number)) }
        world.ask(1)
        world.executor.run()
        #expect(world.endings == [1: .refused(.odd(1))])
        for number in 3..<6 { world.host.inbox.put(.note(number)) }
        // It takes even numbers.
        world.task { try? await world.host.add(8) }
        world.executor.run()
        let machine = try #require(world.machine)
        #expect(machine.known == [3, 6])
        #expect(machine.heard == (0..<6).map { .note($0) } + [.finished(8)])
        run.cancel()
        world.executor.run()
    }

    // MARK: - Bounds

    @Test func aFullInboxLetsGoOfTheOldestReadingThenOfTheOldest() {
        let inbox = StateInbox<ScriptMachine.Input>(keeping: 4)
        for number in 0..<2 { inbox.put(.note(number)) }
        for number in 0..<2 { inbox.put(.reading(number)) }
        inbox.put(.note(2))
        #expect(Self.taken(from: inbox) == [.note(0), .note(1), .reading(1), .note(2)])
        for number in 0..<3 { inbox.put(.note(number)) }
        inbox.put(.reading(0))
        for number in 3..<5 { inbox.put(.note(number)) }
        #expect(Self.taken(from: inbox) == (1...4).map { .note($0) })
        #expect(inbox.dropped == 3)
    }

    private static func taken(
        from inbox: StateInbox<ScriptMachine.Input>
    ) -> [ScriptMachine.Input] {
        var entries: [StateInbox<ScriptMachine.Input>.Entry] = []
        inbox.take(into: &entries)
        return entries.map(\.input)
    }

    /// A machine that does not hear what came of an action would wait for ever.
    @Test func whatCameOfAnActionIsNeverDropped() {
        let inbox = StateInbox<ScriptMachine.Input>(keeping: 2)
        inbox.putOutcome(.finished(1))
        for number in 0..<4 { inbox.put(.note(number)) }
        inbox.putOutcome(.finished(2))
        inbox.putOutcome(.finished(3))
        #expect(Self.taken(from: inbox) == [.finished(1), .finished(2), .finished(3)])
        #expect(inbox.dropped == 4)
    }

    @Test func ofTooManyRecordsTheOldestGoAndAreCounted() {
        let world = ScriptWorld(seed: 1)
        let run = world.begin()
        world.field.change { $0.isRecorderSlow = true }
        world.host.inbox.put(.record(0))
        world.executor.run()
        let count = StateRunner<ScriptMachine>.recordCapacity + 3
        for number in 1...count { world.host.inbox.put(.record(number)) }
        #expect(world.result { await world.host.droppedRecords } == 3)
        world.field.change { $0.isRecorderSlow = false }
        world.clock.pass(.seconds(3_600))
        world.executor.run()
        #expect(world.field.state.recorded == [0] + Array(4...count))
        run.cancel()
        world.executor.run()
    }

    // MARK: - The end

    @Test(arguments: 0..<20 as Range<UInt64>)
    func atTheEndWhatIsUnderWayIsWaitedForAndNothingElseBegun(seed: UInt64) throws {
        var machine = ScriptMachine()
        machine.next[3] = [.act(4, isElsewhere: false)]
        let world = ScriptWorld(seed: seed, machine)
        let run = world.begin()
        world.field.change { $0.isSlow = true }
        world.host.inbox.put(.act(3, isElsewhere: seed.isMultiple(of: 2)))
        world.host.inbox.put(.wakeUp(at: world.now.advanced(by: .seconds(7_200))))
        world.executor.run()
        world.host.inbox.put(.record(6))
        world.host.inbox.put(.act(5, isElsewhere: false))
        run.cancel()
        world.host.inbox.put(.note(7))
        world.executor.run()
        #expect(world.hasEnded)
        let field = world.field.state
        #expect(field.begun == [3, 5], "what had arrived before is still looked at")
        #expect(field.done.sorted() == [3, 5])
        #expect(field.recorded == [6, -1])
        #expect(field.secured == [1, 2], "one after the other, in their order")
        #expect(field.underWayAtTheEnd == 0, "after all that was under way")
        let heard = try #require(world.machine).heard
        #expect(!heard.contains(.finished(3)) && !heard.contains(.note(7)))
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func whoWaitsAtTheEndIsToldThatNothingComes(seed: UInt64) {
        let world = ScriptWorld(seed: seed)
        let run = world.begin()
        world.field.change { $0.isMute = true }
        for number in [2, 4] { world.ask(number) }
        world.executor.run()
        #expect(world.endings == [:])
        if seed.isMultiple(of: 2) {
            _ = world.result { await world.host.handOver() }
        } else {
            run.cancel()
        }
        world.executor.run()
        world.ask(6)
        world.executor.run()
        #expect(world.endings == [2: .dismissed, 4: .dismissed, 6: .refused(.stopped)])
        run.cancel()
        world.executor.run()
        #expect(world.hasEnded)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func whatACommandHasDecidedIsBegunOrTheCommandRefused(seed: UInt64) {
        let world = ScriptWorld(seed: seed)
        let run = world.begin()
        world.executor.run()
        run.cancel()
        world.field.change { $0.isMute = true }
        world.ask(8)
        world.executor.run()
        let isBegun = world.field.state.begun == [8]
        #expect(world.endings == [8: isBegun ? .dismissed : .refused(.stopped)])
    }

    @Test func whoAsksOneThatIsHandedOverBeforeItRunsIsToldSo() {
        let world = ScriptWorld(seed: 1)
        world.ask(2)
        world.executor.run()
        _ = world.result { await world.host.handOver() }
        #expect(world.endings == [2: .dismissed])
        _ = world.begin()
        world.executor.run()
        #expect(world.hasEnded)
        #expect(world.field.state.begun == [])
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func whoGoesOnGetsWhatWasHeardAndNothingIsBegunMeanwhile(seed: UInt64) throws {
        let (before, after) = (ScriptWorld(seed: seed), ScriptWorld(seed: seed + 1))
        let run = before.begin()
        before.field.change { $0.isSlow = true }
        before.host.inbox.put(.act(0, isElsewhere: false))
        before.host.inbox.put(.wakeUp(at: before.now.advanced(by: .seconds(7_200))))
        before.executor.run()
        let last: [ScriptMachine.Input] = [.note(1), .act(2, isElsewhere: false), .record(3)]
        let machine = try #require(before.result { await before.host.handOver(after: last) })
        #expect(before.hasEnded, "nothing is waited for but what is under way")
        #expect(machine.heard.suffix(3) == last)
        #expect(before.field.state.recorded == [3])
        #expect(before.field.state.begun == [0])
        #expect(before.field.state.secured == [], "its lines are left to the other")
        _ = after.result { await after.host.takeOver(machine) }
        let next = after.begin()
        after.executor.run()
        #expect(after.machine?.heard == machine.heard)
        next.cancel()
        after.executor.run()
        run.cancel()
    }
}

/// On threads as they are.
@Suite(.timeLimit(.minutes(15))) struct StateRunnerThreadTests {
    private func withHost(_ body: (ScriptHost, ScriptField) async throws -> Void) async throws {
        let time = HandClock(Timestamp(milliseconds: 0)).source
        let field = ScriptField(seed: 1, time: time)
        let host = ScriptHost(field: field, time: time, executor: HomeThread(name: "runner"))
        try await withThrowingTaskGroup { group in
            group.addTask { await host.run() }
            try await body(host, field)
            group.cancelAll()
        }
    }

    @Test func inputsOfOneThreadKeepTheirOrder() async throws {
        try await withHost { host, _ in
            await withTaskGroup { senders in
                for sender in 0..<4 {
                    senders.addTask {
                        for number in 0..<1_000 { host.inbox.put(.note(sender * 1_000 + number)) }
                    }
                }
            }
            while await host.machine.heard.count < 4_000 { await Task.yield() }
            let heard = await host.machine.heard
            for sender in 0..<4 {
                let range = (sender * 1_000)..<((sender + 1) * 1_000)
                let numbers = heard.compactMap { input -> Int? in
                    guard case .note(let number) = input else { return nil }
                    return range.contains(number) ? number : nil
                }
                #expect(numbers == Array(range))
            }
        }
    }

    @Test func whatIsDecidedFirstIsBegunFirst() async throws {
        try await withHost { host, field in
            for round in 0..<50 {
                for number in 0..<20 {
                    host.inbox.put(.act(round * 20 + number, isElsewhere: false))
                }
            }
            while field.state.done.count < 1_000 { await Task.yield() }
            #expect(field.state.begun == Array(0..<1_000))
        }
    }

    /// An actor of the common pool, called from all its threads.
    private actor Owner {
        private let runner: StateRunner<ScriptMachine>

        init(_ field: ScriptField, _ time: TimeSource) {
            runner = StateRunner(ScriptMachine(), time: time, work: field.work)
        }

        func run() async { await runner.run() }

        func finish(_ number: Int) async throws(ScriptMachine.Refusal) -> Int? {
            try await runner.ask { (machine, _) throws(ScriptMachine.Refusal) in
                (number, try machine.add(number))
            }
        }
    }

    @Test func itsOwnerAloneDecides() async throws {
        let time = HandClock(Timestamp(milliseconds: 0)).source
        let owner = Owner(ScriptField(seed: 1, time: time), time)
        try await withThrowingTaskGroup { group in
            group.addTask { await owner.run() }
            try await withThrowingTaskGroup(of: Bool.self) { callers in
                for caller in 0..<4 {
                    callers.addTask {
                        for number in 0..<500 {
                            let wanted = 2 * (caller * 500 + number)
                            guard try await owner.finish(wanted) == wanted else { return false }
                        }
                        return true
                    }
                }
                for try await isAnswered in callers { #expect(isAnswered) }
            }
            group.cancelAll()
        }
    }
}
