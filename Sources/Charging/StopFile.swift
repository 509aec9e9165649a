package import LinuxSystem
import Synchronization

/// The stops of all chargers, kept across a restart.
package final class StopFile: Sendable {
    private let kept: StateValue<[ChargerStop]>
    private let stops: Mutex<[String: ChargerStop]>

    /// Reads what was kept last. Where it cannot be read the chargers may charge.
    package init(_ kept: StateValue<[ChargerStop]>) {
        self.kept = kept
        stops = Mutex(Dictionary((kept.load() ?? []).map { ($0.charger, $0) }) { $1 })
    }

    /// What is kept, of all chargers.
    var all: [ChargerStop] { stops.withLock { $0.values.sorted { $0.charger < $1.charger } } }

    /// Keeps the stops of some chargers, in place of those of theirs before.
    func save(_ new: [ChargerStop], of chargers: Set<String>) {
        stops.withLock { stops in
            for name in chargers { stops[name] = nil }
            for stop in new { stops[stop.charger] = stop }
            kept.save(stops.values.sorted { $0.charger < $1.charger })
        }
    }
}
