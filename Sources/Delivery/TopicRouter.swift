import MQTT
import Telemetry

/// Who hears of what comes on one connection. A pure value.
///
/// A message goes to everybody who has a filter that it passes, once for each time it comes,
/// however many of one's filters it passes. Retained and repeated messages say so and go the same
/// way; what was too large for the gateway goes to nobody, and is told
/// (``UplinkEvent/ignored(_:)``).
struct TopicRouter<Listener: Hashable & Sendable>: Sendable {
    private var entries: [(listener: Listener, filters: [TopicFilter])] = []

    mutating func add(_ listener: Listener, _ filters: [TopicFilter]) {
        entries.append((listener, filters))
    }

    mutating func remove(_ listener: Listener) {
        entries.removeAll { $0.listener == listener }
    }

    /// What has to be subscribed, each filter once, in the order they were added.
    var filters: [TopicFilter] {
        var seen: Set<TopicFilter> = []
        return entries.flatMap(\.filters).filter { seen.insert($0).inserted }
    }

    /// Those who hear of a topic, in the order they were added.
    func listeners(of topic: String) -> [Listener] {
        entries.filter { $0.filters.contains { $0.matches(topic) } }.map(\.listener)
    }
}
