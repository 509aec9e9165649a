import Execution

/// A parcel in a compartment, as it is kept.
package struct Parcel: Hashable, Sendable, Codable {
    package var compartment: String
    package var code: PickupCodeHash
    /// Milliseconds since 1970.
    package var depositedAt: Int64
    package var validUntil: Int64
    /// Set while both times are those of a clock that nobody had set.
    package var undated: Undated?
    /// Set once it was told that it lies there for longer than its code is good.
    package var isOverdue: Bool?
    /// When its compartment was last opened by hand, in milliseconds since 1970.
    package var openedByHandAt: Int64?

    /// What holds of a parcel that came before the clock was set: how long it has been there is
    /// known as long as the machine runs.
    package struct Undated: Hashable, Sendable, Codable {
        /// The name of the machine's run since power-up, and the time since then in milliseconds.
        package var boot: String
        package var monotonic: Int64
        /// How long its code is good, in milliseconds.
        package var valid: Int64
    }

    package init(compartment: String, code: PickupCodeHash, depositedAt: Int64, validUntil: Int64) {
        self.compartment = compartment
        self.code = code
        self.depositedAt = depositedAt
        self.validUntil = validUntil
    }

    /// A parcel that comes now.
    ///
    /// - Parameter boot: The name of the machine's run since power-up.
    init(
        compartment: String, code: PickupCodeHash, valid: Duration, at now: Moment, boot: String
    ) {
        self.init(
            compartment: compartment, code: code, depositedAt: now.wall.timestamp.milliseconds,
            validUntil: (now.wall.timestamp + valid).milliseconds)
        guard !now.wall.isSynchronized else { return }
        undated = Undated(
            boot: boot, monotonic: now.monotonic.milliseconds, valid: valid.milliseconds)
    }

    /// Whether its code is no longer good. Where nobody can know, it is good.
    func isExpired(at now: Moment, boot: String) -> Bool {
        if let undated {
            return undated.boot == boot
                && now.monotonic.milliseconds - undated.monotonic > undated.valid
        }
        return now.wall.isSynchronized && now.wall.timestamp.milliseconds > validUntil
    }

    /// Dates it by a clock that is set now.
    ///
    /// - Returns: Whether it had no date.
    mutating func date(at now: Moment, boot: String) -> Bool {
        guard let undated, now.wall.isSynchronized else { return false }
        // After a restart of the machine nobody knows how long it has lain there: it counts from
        // now, so that nobody comes too late for it.
        let age = undated.boot == boot ? now.monotonic.milliseconds - undated.monotonic : 0
        depositedAt = now.wall.timestamp.milliseconds - age
        validUntil = depositedAt + undated.valid
        self.undated = nil
        return true
    }
}

extension MonotonicTime {
    fileprivate var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
