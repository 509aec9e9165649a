import Execution
import Logging
import Recording
import Telemetry

/// Logs what changes in the parts of a gateway, and tells it where it matters to others.
actor ChangeReporter {
    private let changes: AsyncStream<StateChange>
    private let time: TimeSource
    private let logger: Logger
    private let sealer: Sealer
    private var repeats = RepeatLimit()

    init(_ changes: AsyncStream<StateChange>, sealer: Sealer, time: TimeSource, logger: Logger) {
        self.changes = changes
        self.sealer = sealer
        self.time = time
        self.logger = logger
    }

    /// Until nothing more can come.
    func run() async {
        for await change in changes { await report(change) }
    }

    private func report(_ change: StateChange) async {
        let event = change.event(at: time.wall().timestamp)
        guard let event, change.mayRepeat else {
            change.log(to: logger)
            if let event { await sealer.store(event, in: .event) }
            return
        }
        guard let told = repeats.take(event, at: time.monotonic()) else { return }
        change.log(to: logger)
        await sealer.store(told, in: .event)
    }

    /// Tells in time of changes that were counted and not told, until the task is cancelled.
    func tellRepeats() async {
        while !Task.isCancelled {
            await time.sleep(time.monotonic().advanced(by: RepeatLimit.firstPause / 4))
            for event in repeats.due(at: time.monotonic()) {
                logger.warning(
                    "Repeated",
                    metadata: [
                        "event.kind": "\(event.kind)", "event.subject": "\(event.subject)",
                        "repeats": "\(event.details[RepeatLimit.detail] ?? "")",
                    ])
                await sealer.store(event, in: .event)
            }
        }
    }
}
