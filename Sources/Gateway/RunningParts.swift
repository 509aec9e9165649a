import Execution

/// All parts that were started: each runs in a task of its own, beside the others.
final class RunningParts: Sendable {
    private let parts: AsyncStream<Part>
    private let starter: AsyncStream<Part>.Continuation
    private let started = InheritingLock<[Part]>([])

    init() {
        (parts, starter) = AsyncStream.makeStream()
    }

    /// What was started and has not ended, as far as is known.
    var all: [Part] { started.withLock { $0 } }

    /// Has a part run beside the others, from any thread.
    func start(_ part: Part) {
        started.withLock { started in
            started.removeAll(where: \.hasEnded)
            started.append(part)
        }
        starter.yield(part)
    }

    /// No more parts will be started.
    func finish() { starter.finish() }

    /// Runs parts until there will be no more and all have ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await part in parts { group.addTask { await part.run() } }
        }
    }
}
