package import Execution

/// A door or a locker's compartment with the physics of its leaf: an energised strike lets it
/// open, somebody goes through or takes a parcel out, and closes it again.
///
/// Pure: the caller says when it is, and whether the strike is energised.
package struct DoorLeaf: Hashable, Sendable {
    /// What people do with it.
    package enum Habit: String, CaseIterable, Hashable, Sendable {
        /// Opens when it is released, and is closed after a believable time.
        case usual
        /// The strike works and the leaf stays shut: something holds it.
        case jammed
        /// It is opened and left open.
        case leftOpen = "left-open"
        /// It is released, and nobody comes.
        case ignored
    }

    /// How long each thing takes, at least and at most.
    package struct Times: Hashable, Sendable {
        /// From the strike to the leaf's first movement, which the contact senses.
        package var opening: ClosedRange<Duration>
        package var open: ClosedRange<Duration>

        package init(opening: ClosedRange<Duration>, open: ClosedRange<Duration>) {
            self.opening = opening
            self.open = open
        }

        /// A spring pushes the leaf of a compartment open; a parcel is taken out.
        package static let compartment = Times(
            opening: .milliseconds(60)...(.milliseconds(180)), open: .seconds(3)...(.seconds(12)))
        /// Somebody pulls a door open, and a closer shuts it behind him.
        package static let door = Times(
            opening: .milliseconds(300)...(.milliseconds(1_500)),
            open: .seconds(2)...(.seconds(6)))
    }

    package private(set) var isClosed = true
    package var habit = Habit.usual
    private let times: Times
    private var random: SeededRandom
    /// When the leaf moves next by itself.
    private var movesAt: MonotonicTime?

    package init(_ times: Times, seed: UInt64) {
        self.times = times
        random = SeededRandom(seed: seed)
    }

    /// Lets time pass up to `now`.
    ///
    /// - Parameter isReleased: Whether the strike is energised.
    package mutating func step(isReleased: Bool, at now: MonotonicTime) {
        if isClosed {
            let opens = isReleased && (habit == .usual || habit == .leftOpen)
            if opens, movesAt == nil { movesAt = now.advanced(by: draw(times.opening)) }
            // A strike that lets go too early holds the leaf again.
            if !opens { movesAt = nil }
        } else if habit != .leftOpen, movesAt == nil {
            movesAt = now.advanced(by: draw(times.open))
        } else if habit == .leftOpen {
            movesAt = nil
        }
        guard let moment = movesAt, moment <= now else { return }
        isClosed.toggle()
        movesAt = nil
    }

    /// Opens the leaf without its strike, as a crowbar does.
    package mutating func force() {
        isClosed = false
        movesAt = nil
    }

    /// Shuts the leaf by hand.
    package mutating func close() {
        isClosed = true
        movesAt = nil
    }

    private mutating func draw(_ range: ClosedRange<Duration>) -> Duration {
        .nanoseconds(
            Int64.random(
                in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds, using: &random))
    }
}
