import Execution
import GPIO
import Metering
import SiteConfiguration

/// Whether it is dark, as one photocell has told so far.
struct PhotocellState: Hashable, Sendable {
    let photocell: LightingPhotocell
    /// What counts; `nil` while nothing is known.
    private var settled: Bool?
    /// What the photocell says against it, and since when.
    private var contrary: MonotonicTime?
    private var lastReading: MonotonicTime?

    init(_ photocell: LightingPhotocell) {
        self.photocell = photocell
    }

    /// The photocell's line has changed.
    mutating func observe(_ state: LineState, at now: MonotonicTime) {
        guard let isDark = state.isActive else { return forget() }
        take(isDark, at: now)
    }

    /// The photocell's point was read; `nil` where that failed.
    mutating func observe(_ value: ScaledInteger?, at now: MonotonicTime) {
        guard case .point(_, let below, let above, _) = photocell.source, let value else { return }
        advance(to: now)
        lastReading = now
        if value < below {
            take(true, at: now)
        } else if value > above {
            take(false, at: now)
        } else {
            // In between: as before. Before anything is known, dark: lit rather than not.
            take(settled ?? true, at: now)
        }
    }

    private mutating func take(_ isDark: Bool, at now: MonotonicTime) {
        advance(to: now)
        guard let settled else {
            self.settled = isDark
            return
        }
        if settled == isDark {
            contrary = nil
        } else if contrary == nil {
            contrary = now
            advance(to: now)
        }
    }

    /// Lets time pass.
    mutating func advance(to now: MonotonicTime) {
        if let death, now >= death { return forget() }
        guard let settled, let change, now >= change else { return }
        self.settled = !settled
        contrary = nil
    }

    private mutating func forget() {
        settled = nil
        contrary = nil
        lastReading = nil
    }

    /// `nil` where the photocell is dead or has not spoken yet.
    var isDark: Bool? { settled }

    /// When what counts changes by time alone.
    var nextChange: MonotonicTime? {
        guard let death, let change else { return death ?? change }
        return min(death, change)
    }

    private var change: MonotonicTime? { contrary?.advanced(by: photocell.settle) }

    private var death: MonotonicTime? {
        guard case .point(_, _, _, let patience) = photocell.source else { return nil }
        return lastReading?.advanced(by: patience)
    }
}
