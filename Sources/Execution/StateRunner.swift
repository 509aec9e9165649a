/// Runs a state machine inside the actor that owns it: has it look at what has arrived, carries out
/// what it decides, and wakes it up when its time has come.
///
/// - *Inputs* come through the ``inbox``, from any thread, which waits for nothing. Before a command
///   and before ``current`` is read, all that have arrived are looked at.
/// - *Actions* are carried out by tasks of their own, as `work` says (``ActionWork``): what takes its
///   time holds up nothing else. What was decided first is begun first: what an `act` does before it
///   first waits is done at once. Of what is to be recorded ``recordCapacity`` may wait;
///   beyond, the oldest go, and are counted.
/// - *Time*: there is a sleeper for the next wake-up unless one wakes before.
/// - *The end* comes when the task of ``run()`` is cancelled, or by ``handOver()``. What had arrived by
///   then is still looked at. Who waits for an answer is told that none will come; what is under way is
///   cancelled and waited for, and what came of it is not heard any more. Then what the machine wants
///   done at the end is done, one after the other, and what was to be recorded is.
///
/// All of it happens on the executor of the owning actor; an urgent one has a thread of its own.
package final class StateRunner<Machine: StateMachine> {
    package typealias Work = ActionWork<Machine>

    /// Where the machine is told something.
    package let inbox: StateInbox<Machine.Input>
    /// How actions are carried out; `nil` where nothing is left to do.
    package var work: (Machine.Action) -> Work?
    private let time: TimeSource
    private let pool: any TaskExecutor
    private var machine: Machine
    private var phase = Phase.new
    private var arrived: [StateInbox<Machine.Input>.Entry] = []
    /// What is decided and not begun yet.
    private var decided: [Work] = []
    private var wakeUps = WakeUps()
    private var waiting: [Machine.Question: [CheckedContinuation<Machine.Answer?, Never>]] = [:]
    private let records = Handover<@Sendable () async -> Void>(keeping: recordCapacity)
    /// How many records were dropped since the start.
    package private(set) var droppedRecords = 0

    /// What there was no room for since the start.
    package var dropped: DroppedItems {
        DroppedItems(inputs: inbox.dropped, records: droppedRecords)
    }

    /// How many records may wait.
    package static var recordCapacity: Int { 4_096 }

    private enum Phase {
        /// Inputs wait; commands are taken, and what they decide waits.
        case new
        case running
        /// Nothing is heard or asked any more.
        case ended
        /// Nor is anything decided: another goes on.
        case handedOver
    }

    /// - Parameters:
    ///   - inputCapacity: How many inputs may wait.
    ///   - pool: Where things are done that may block.
    package init(
        _ machine: Machine, time: TimeSource, inputCapacity: Int = 8_192,
        pool: any TaskExecutor = globalConcurrentExecutor,
        work: @escaping (Machine.Action) -> Work?
    ) {
        self.machine = machine
        self.time = time
        self.pool = pool
        self.work = work
        inbox = StateInbox(keeping: inputCapacity)
    }

    // MARK: - Commands

    /// Has the machine do something now; what it decides is begun soon.
    ///
    /// - Throws: What the command throws; ``CommandRefusal/stopped`` after the end.
    package func perform<Refusal: CommandRefusal>(
        _ command: (inout Machine, Moment) throws(Refusal) -> [Machine.Action]
    ) throws(Refusal) {
        guard !hasEnded else { throw .stopped }
        look()
        take(try command(&machine, time.now()))
        inbox.poke()
    }

    /// Has the machine do something where it knows what is meant.
    ///
    /// - Returns: Whether it does: not where the command returns `nil`, nor after the end.
    package func attempt(_ command: (inout Machine, Moment) -> [Machine.Action]?) -> Bool {
        guard !hasEnded else { return false }
        look()
        guard let actions = command(&machine, time.now()) else { return false }
        take(actions)
        inbox.poke()
        return true
    }

    /// Has the machine do something, and waits until it answers: also where the caller is cancelled,
    /// and also before it runs.
    ///
    /// - Parameter command: Returns what the answer will be to, and its actions.
    /// - Returns: `nil` where the end comes first.
    /// - Throws: As ``perform(_:)``.
    package func ask<Refusal: CommandRefusal>(
        isolation: isolated any Actor = #isolation,
        _ command: (inout Machine, Moment) throws(Refusal) -> (Machine.Question, [Machine.Action])
    ) async throws(Refusal) -> Machine.Answer? {
        guard !hasEnded else { throw .stopped }
        look()
        let (question, actions) = try command(&machine, time.now())
        return await withCheckedContinuation { caller in
            waiting[question, default: []].append(caller)
            take(actions)
            inbox.poke()
        }
    }

    /// The machine, with all that has arrived.
    package var current: Machine {
        look()
        return machine
    }

    package var isRunning: Bool { phase == .running }

    package var hasEnded: Bool { phase != .new && phase != .running }

    package var isHandedOver: Bool { phase == .handedOver }

    /// Ends here, for another runner to go on: nothing more is begun or decided.
    package func handOver() -> Machine {
        look()
        if !hasEnded { phase = .handedOver }
        inbox.end()
        dismissCallers()
        return machine
    }

    /// Goes on where another has stopped. To be called before ``run()``.
    package func takeOver(_ machine: Machine) {
        precondition(phase == .new, "what runs already has a state of its own")
        self.machine = machine
    }

    // MARK: - Running

    /// Runs the machine until the task is cancelled or it is handed over. To be called once.
    package func run(isolation: isolated any Actor = #isolation) async {
        guard phase != .handedOver else { return }
        precondition(phase == .new, "a state machine is run once")
        let (inbox, records) = (inbox, records)
        await withTaskCancellationHandler {
            _ = isolation
            await withDiscardingTaskGroup { recording in
                _ = isolation
                recording.addTask(executorPreference: pool) {
                    while let record = await records.next() { await record() }
                }
                await withDiscardingTaskGroup { acting in
                    // A closure is isolated like its function only where it captures this.
                    isolation.preconditionIsolated("its owner alone decides")
                    start()
                    repeat {
                        isolation.preconditionIsolated("its owner alone decides")
                        look()
                        begin(in: &acting)
                    } while await inbox.arrivals.next() != nil
                    end()
                    acting.cancelAll()
                }
                await finish(isolation: isolation)
                records.end()
            }
        } onCancel: {
            inbox.end()
        }
    }

    private func start() {
        phase = .running
        inbox.take(into: &arrived)
        take(machine.start(at: time.now(), knowing: arrived.map(\.input)))
        arrived.removeAll(keepingCapacity: true)
    }

    /// Looks at all that has arrived, and at the time.
    private func look() {
        guard phase == .running else { return }
        inbox.take(into: &arrived)
        for entry in arrived { take(machine.handle(entry.input, at: time.now())) }
        arrived.removeAll(keepingCapacity: true)
        if let due = machine.nextWakeUp, due <= time.monotonic() {
            take(machine.handle(.tick, at: time.now()))
        }
    }

    private func take(_ actions: [Machine.Action]) {
        for action in actions {
            let work = work(action)
            switch work {
            case nil: break
            case .act(_)?, .actElsewhere(_)?: if let work { decided.append(work) }
            case .record(let record)?: if records.put(record) { droppedRecords += 1 }
            case .answer(let question, let answer)?:
                for caller in waiting.removeValue(forKey: question) ?? [] {
                    caller.resume(returning: answer)
                }
            }
        }
    }

    /// Begins what is decided, and sees to it that the machine is woken.
    private func begin(in group: inout DiscardingTaskGroup) {
        guard phase == .running else { return }
        for work in decided { begin(work, in: &group) }
        decided.removeAll(keepingCapacity: true)
        wakeUps.woke(by: time.monotonic())
        guard let wakeUp = wakeUps.arm(machine.nextWakeUp) else { return }
        group.addTask { [inbox, time] in
            // Not a moment too early: nobody would wake it again.
            repeat {
                await time.sleep(wakeUp)
            } while time.monotonic() < wakeUp && !Task.isCancelled
            inbox.poke()
        }
    }

    private func begin(_ work: Work, in group: inout DiscardingTaskGroup) {
        switch work {
        case .act(let act):
            // What it does before it first waits is done at once, so in the order of the decision.
            group.addImmediateTask { [inbox] in
                if let outcome = await act() { inbox.putOutcome(outcome) }
            }
        case .actElsewhere(let act):
            group.addTask(executorPreference: pool) { [inbox] in
                if let outcome = await act() { inbox.putOutcome(outcome) }
            }
        case .record, .answer: break  // Done when they were decided.
        }
    }

    private func end() {
        if phase == .running {
            phase = .ended
            take(machine.end(at: time.now()))
        }
        dismissCallers()
    }

    /// Does what is left to do at the end, one after the other: first what a command has decided while
    /// the end was already on its way.
    private func finish(isolation: isolated any Actor) async {
        guard phase == .ended else { return }
        for work in decided {
            await withDiscardingTaskGroup { group in
                isolation.preconditionIsolated("its owner alone decides")
                begin(work, in: &group)
            }
        }
    }

    private func dismissCallers() {
        for caller in waiting.values.joined() { caller.resume(returning: nil) }
        waiting.removeAll()
    }
}
