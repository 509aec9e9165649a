import Execution

/// A state machine whose inputs say what it decides.
struct ScriptMachine: StateMachine {
    /// Callers wait for an action to have come to its end.
    typealias Question = Int
    typealias Answer = Int

    enum Input: StateInput, Hashable {
        case tick
        case note(Int)
        /// May go where too much waits.
        case reading(Int)
        case wakeUp(at: MonotonicTime)
        case act(Int, isElsewhere: Bool)
        case record(Int)
        case finished(Int)

        var isReplaceable: Bool { if case .reading = self { true } else { false } }
    }

    enum Action: Hashable, Sendable {
        case act(Int, isElsewhere: Bool)
        case record(Int)
        case answer(Int)
        /// At the end.
        case secure(Int)
    }

    enum Refusal: CommandRefusal, Hashable {
        case stopped
        case odd(Int)
    }

    private(set) var heard: [Input] = []
    private(set) var dueAt: Set<MonotonicTime> = []
    /// The most by which a wake-up came late.
    private(set) var latest = Duration.zero
    /// How much was heard when each command came.
    private(set) var known: [Int] = []
    /// What is decided on hearing that an action is finished.
    var next: [Int: [Action]] = [:]

    var nextWakeUp: MonotonicTime? { dueAt.min() }

    mutating func handle(_ input: Input, at now: Moment) -> [Action] {
        for due in dueAt where due <= now.monotonic {
            latest = max(latest, due.duration(to: now.monotonic))
            dueAt.remove(due)
        }
        if input != .tick { heard.append(input) }
        switch input {
        case .wakeUp(let due): dueAt.insert(due)
        case .act(let number, let isElsewhere): return [.act(number, isElsewhere: isElsewhere)]
        case .record(let number): return [.record(number)]
        case .finished(let number): return [.answer(number)] + (next[number] ?? [])
        case .tick, .note, .reading: break
        }
        return []
    }

    /// Takes even numbers only.
    mutating func add(_ number: Int) throws(Refusal) -> [Action] {
        known.append(heard.count)
        guard number.isMultiple(of: 2) else { throw .odd(number) }
        return [.act(number, isElsewhere: false)]
    }

    mutating func end(at now: Moment) -> [Action] { [.secure(1), .secure(2), .record(-1)] }
}

/// Carries out the actions of a ``ScriptMachine``, and notes what it did.
final class ScriptField: Sendable {
    struct State: Sendable {
        var begun: [Int] = []
        var done: [Int] = []
        var recorded: [Int] = []
        var secured: [Int] = []
        /// How many actions were under way when the first line was secured.
        var underWayAtTheEnd = 0
        /// Whether actions take an hour, unless they are cancelled.
        var isSlow = false
        /// Whether nobody hears what actions have come to.
        var isMute = false
        var isRecorderSlow = false
        var random: SeededRandom
    }

    private let shared: InheritingLock<State>
    private let time: TimeSource

    init(seed: UInt64, time: TimeSource) {
        self.time = time
        shared = InheritingLock(State(random: SeededRandom(seed: seed)))
    }

    var state: State { shared.withLock { $0 } }

    func change(_ body: (inout State) -> Void) {
        shared.withLock { body(&$0) }
    }

    func work(_ action: ScriptMachine.Action) -> ActionWork<ScriptMachine>? {
        switch action {
        case .act(let number, false): return .act { await self.act(number) }
        case .act(let number, true): return .actElsewhere { await self.act(number) }
        case .record(let number): return .record { await self.record(number) }
        case .answer(let number): return .answer(number, number)
        case .secure(let number):
            return .act {
                self.change {
                    if $0.secured.isEmpty { $0.underWayAtTheEnd = $0.begun.count - $0.done.count }
                    $0.secured.append(number)
                }
                return nil
            }
        }
    }

    private func act(_ number: Int) async -> ScriptMachine.Input? {
        var pause = 0
        change {
            $0.begun.append(number)
            pause = Int.random(in: 0...4, using: &$0.random)
        }
        for _ in 0..<pause { await Task.yield() }
        if state.isSlow { await time.sleep(time.monotonic().advanced(by: .seconds(3_600))) }
        change { $0.done.append(number) }
        return state.isMute ? nil : .finished(number)
    }

    private func record(_ number: Int) async {
        if state.isRecorderSlow { await time.sleep(time.monotonic().advanced(by: .seconds(3_600))) }
        change { $0.recorded.append(number) }
    }
}

/// Owns a runner of a ``ScriptMachine``.
actor ScriptHost {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any HomeExecutor
    private let runner: StateRunner<ScriptMachine>
    nonisolated let inbox: StateInbox<ScriptMachine.Input>

    init(
        _ machine: ScriptMachine = ScriptMachine(), field: ScriptField, time: TimeSource,
        executor: any HomeExecutor, pool: any TaskExecutor = globalConcurrentExecutor,
        inputCapacity: Int = 8_192
    ) {
        self.executor = executor
        runner = StateRunner(
            machine, time: time, inputCapacity: inputCapacity, pool: pool, work: field.work)
        inbox = runner.inbox
    }

    func run() async {
        await withTaskExecutorPreference(executor) { await runner.run() }
    }

    func add(_ number: Int) throws(ScriptMachine.Refusal) {
        try runner.perform { (machine, _) throws(ScriptMachine.Refusal) in
            try machine.add(number)
        }
    }

    /// Does something, and waits until it is done.
    func finish(_ number: Int) async throws(ScriptMachine.Refusal) -> Int? {
        try await runner.ask { (machine, _) throws(ScriptMachine.Refusal) in
            (number, try machine.add(number))
        }
    }

    var machine: ScriptMachine { runner.current }
    var droppedRecords: Int { runner.droppedRecords }

    /// Hands over right after it was told something: nobody has looked at that yet.
    func handOver(after inputs: [ScriptMachine.Input] = []) -> ScriptMachine {
        for input in inputs { inbox.put(input) }
        return runner.handOver()
    }

    func takeOver(_ machine: ScriptMachine) { runner.takeOver(machine) }
}
