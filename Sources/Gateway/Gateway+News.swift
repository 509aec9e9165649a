import Execution
import Logging
import Telemetry

extension Gateway {
    /// Logs a change, and tells it where it matters to others.
    func report(_ item: News) async {
        let event = item.event(at: time.wall().timestamp)
        guard let event, item.mayRepeat else {
            item.log(to: logger)
            if let event { await sealer.store(event, in: .event) }
            return
        }
        guard let told = repeats.take(event, at: time.monotonic()) else { return }
        item.log(to: logger)
        await sealer.store(told, in: .event)
    }

    /// Tells in time of changes that were counted and not told.
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
