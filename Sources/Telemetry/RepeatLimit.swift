package import Execution

/// Tells a change that comes again and again once, and then how often, at growing pauses.
///
/// A pure value. Of each kind and subject the first is told at once; those that follow within the
/// pause are counted, and the last of them is told at its end with their number. The pause doubles
/// while they go on, and is short again after one without a change. So whoever is told last knows
/// how things are, and a device that resets twice a second makes some dozen events a day.
package struct RepeatLimit: Sendable {
    package static let firstPause: Duration = .seconds(60)
    package static let longestPause: Duration = .seconds(3_600)
    /// The detail that says how many changes an event stands for.
    package static let detail = "repeats"

    private struct Key: Hashable {
        let kind: String
        let subject: String
        let point: String?
    }

    private struct Entry {
        var pause: Duration
        var ends: MonotonicTime
        var held: Event?
        var count = 0
    }

    private var entries: [Key: Entry] = [:]

    package init() {}

    /// Takes a change.
    ///
    /// - Returns: The event to tell now; `nil` where it was counted.
    package mutating func take(_ event: Event, at now: MonotonicTime) -> Event? {
        let key = Key(kind: event.kind, subject: event.subject, point: event.details["point"])
        guard entries[key] != nil else {
            entries[key] = Entry(
                pause: Self.firstPause, ends: now.advanced(by: Self.firstPause))
            return event
        }
        entries[key]?.held = event
        entries[key]?.count += 1
        return nil
    }

    /// What was counted and is to be told now, in the order it happened.
    ///
    /// - Complexity: O(*n*) in the changes of late.
    package mutating func due(at now: MonotonicTime) -> [Event] {
        var told: [Event] = []
        for (key, entry) in entries where entry.ends <= now {
            guard var event = entry.held else {
                entries[key] = nil
                continue
            }
            event.details[Self.detail] = "\(entry.count)"
            told.append(event)
            let pause = min(entry.pause * 2, Self.longestPause)
            entries[key] = Entry(pause: pause, ends: now.advanced(by: pause))
        }
        return told.sorted { $0.time < $1.time }
    }
}
