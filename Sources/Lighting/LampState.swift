import Execution
import Metering
import SiteConfiguration

/// Whether a circuit's lamps are dead, as its metered power has told so far.
struct LampState: Hashable, Sendable {
    let watch: LampWatch
    private(set) var isFailed = false
    private(set) var lastPower: ScaledInteger?
    /// Since when readings speak against ``isFailed``.
    private var contrary: MonotonicTime?

    init(_ watch: LampWatch) {
        self.watch = watch
    }

    /// The circuit was switched or dimmed: what was read before says nothing any more.
    mutating func restart() {
        contrary = nil
    }

    /// The power was read; `nil` where that failed.
    ///
    /// - Parameter level: What the circuit has been commanded to be, in percent; 0 and `nil` are
    ///   a circuit that is dark, or may be.
    /// - Returns: Whether ``isFailed`` has changed.
    mutating func observe(
        _ power: ScaledInteger?, level: Int?, at now: MonotonicTime
    ) -> Bool {
        lastPower = power
        guard let power, let level, level > 0 else {
            contrary = nil
            return false
        }
        // Dimmed lamps take about their share.
        let isLow = power.doubleValue * 100 < watch.below.doubleValue * Double(level)
        guard isLow != isFailed else {
            contrary = nil
            return false
        }
        let since = contrary ?? now
        contrary = since
        guard since.duration(to: now) >= watch.after else { return false }
        isFailed = isLow
        contrary = nil
        return true
    }
}
