/// What decides, and does nothing: a value that takes inputs and returns actions. A
/// ``StateRunner`` carries them out.
///
/// Its inputs, its actions and what its commands throw are its contract with whoever runs it. Two
/// actions that must not overlap are decided one after the other: the second once the machine has
/// heard what came of the first.
package protocol StateMachine: Sendable {
    associatedtype Input: StateInput
    associatedtype Action: Sendable
    /// What callers wait to hear, for a machine that lets them wait.
    associatedtype Question: Hashable & Sendable = Never
    /// What they hear then.
    associatedtype Answer: Sendable = Never

    /// Begins. Called once, before anything else but commands.
    ///
    /// - Parameter known: What was heard before, in the order it came.
    mutating func start(at now: Moment, knowing known: [Input]) -> [Action]
    /// Takes note of what has happened.
    ///
    /// - Returns: What to do, in this order.
    mutating func handle(_ input: Input, at now: Moment) -> [Action]
    /// When ``handle(_:at:)`` must be called with a tick, if nothing happens before; `nil` where
    /// time alone changes nothing.
    var nextWakeUp: MonotonicTime? { get }
    /// Ends: nothing is heard or asked any more.
    ///
    /// - Returns: What is still to be done, one after the other.
    mutating func end(at now: Moment) -> [Action]
}

extension StateMachine {
    /// Takes note of what is known, and looks at the time.
    package mutating func start(at now: Moment, knowing known: [Input]) -> [Action] {
        known.flatMap { handle($0, at: now) } + handle(.tick, at: now)
    }

    /// Leaves everything as it is.
    package mutating func end(at now: Moment) -> [Action] { [] }
}

/// What a state machine hears.
package protocol StateInput: Sendable {
    /// Nothing has happened but that time has passed.
    static var tick: Self { get }
    /// Whether it may go where too much waits: a later one of its kind is behind it, or will come.
    var isReplaceable: Bool { get }
}

extension StateInput {
    package var isReplaceable: Bool { false }
}

/// How an action of a state machine is carried out.
package enum ActionWork<Machine: StateMachine> {
    /// Beside all others, begun in the order of the decision, on the thread that decides: it must not
    /// block. The machine hears what it returns.
    case act(@Sendable () async -> Machine.Input?)
    /// The same on the threads of the common pool, whatever the runner's task prefers: it may block.
    case actElsewhere(@Sendable () async -> Machine.Input?)
    /// After all that were to be recorded before it, on the threads of the common pool; it may block.
    case record(@Sendable () async -> Void)
    /// Tells all who wait to hear it.
    case answer(Machine.Question, Machine.Answer)
}

/// Why a command is not carried out.
package protocol CommandRefusal: Error {
    /// Nobody carries out anything any more.
    static var stopped: Self { get }
}

/// What a ``StateRunner`` had no room for since its start.
package struct DroppedItems: Hashable, Sendable {
    package var inputs: Int
    package var records: Int

    package init(inputs: Int = 0, records: Int = 0) {
        self.inputs = inputs
        self.records = records
    }
}
