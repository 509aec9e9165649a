import Execution
import Metering

/// The most a charger may let its car draw, by what it was told and has confirmed.
///
/// A promise grows when a larger one is on its way, and shrinks only once a smaller one was
/// confirmed and the car has had the time to follow it.
struct ChargerPromise: Hashable, Sendable {
    /// What the charger may draw now.
    private(set) var ceiling: Amperes
    /// What it was told last and has confirmed; `nil` where that is not known.
    private(set) var confirmed: Amperes?
    /// What it is being told now.
    private(set) var underWay: Amperes?
    /// When the car has followed what is confirmed.
    private(set) var settlesAt: MonotonicTime?

    /// How long a car may go on drawing more than its charger has just confirmed. Source:
    /// IEC 61851-1, annex A: a car follows a changed duty cycle within 5 s, and a contactor opens
    /// 6 s after it ends; the rest is for the charger itself.
    static let settling = Duration.seconds(10)

    /// A charger of which nothing is known yet.
    init(maximum: Amperes) {
        ceiling = maximum
    }

    mutating func begin(_ current: Amperes) {
        underWay = current
        ceiling = max(ceiling, current)
        // An older, smaller promise must not settle now.
        if current != confirmed { settlesAt = nil }
    }

    /// What was under way has been confirmed.
    mutating func confirm(at now: MonotonicTime) {
        guard let current = underWay else { return }
        underWay = nil
        let isRepeated = confirmed == current && (settlesAt != nil || ceiling == current)
        confirmed = current
        if !isRepeated { settlesAt = now.advanced(by: Self.settling) }
    }

    /// What was under way was not confirmed: it may have arrived, or not.
    mutating func fail() {
        underWay = nil
        forget()
    }

    /// What was confirmed no longer counts, for the charger may have forgotten it.
    mutating func forget(fallback: Amperes = 0) {
        ceiling = max(ceiling, fallback)
        confirmed = nil
        settlesAt = nil
    }

    /// Lets time pass.
    ///
    /// - Returns: Whether the charger draws less now.
    mutating func advance(to now: MonotonicTime) {
        guard let moment = settlesAt, moment <= now, let confirmed else { return }
        settlesAt = nil
        ceiling = max(confirmed, underWay ?? 0)
    }
}
