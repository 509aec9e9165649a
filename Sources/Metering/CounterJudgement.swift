package import Execution

extension CounterMemory {
    /// How many readings must follow from an odd one before it is believed: where they move, where
    /// they stand still, and where they stand at zero, as in a meter that is starting.
    package static let confirmations = (moving: 3, standing: 5, zero: 10)
    /// How long a register may have stood still before it was first seen.
    private static let presumedRest: Int64 = 15 * 60_000
    /// The longest rest of a register that is made up for in one step: meters on batteries tell
    /// their register once a day.
    private static let longestRest: Int64 = 24 * 3_600_000
    /// How long a gap counts where the clock does not tell, having been set back.
    private static let unknownGap: Int64 = 30 * 24 * 3_600_000

    /// What is to be made of one value.
    package struct Judgement: Hashable, Sendable {
        package var reason: Uncertainty?
        package var outcome: Outcome?
    }

    /// How an oddity ended.
    package struct Outcome: Hashable, Sendable {
        package var kind: MeterChange.Kind
        package var last: Register
        package var first: Register
        package var readings: Int
        package var capacity: Double?
    }

    /// Judges the next value of the counter.
    ///
    /// - Complexity: O(*n*) in the capacities where the value is odd, else O(1).
    package mutating func judge(
        _ value: ScaledInteger, at time: Timestamp, _ traits: CounterTraits
    ) -> Judgement {
        let register = Register(value, at: time)
        guard let trusted else {
            begin(with: register)
            return Judgement()
        }
        if isExchanged {
            let first = doubt?.first ?? register
            let readings = doubt?.readings ?? 0
            begin(with: register)
            return Judgement(
                outcome: Outcome(
                    kind: .swapped, last: trusted, first: first, readings: readings))
        }
        let fit = Self.fit(value, at: time, after: trusted, movedAt: movedAt, traits)
        if fit == .follows {
            let outcome = doubt.map { doubt in
                Outcome(
                    kind: doubt.reason == .jumped ? .jumped : .wentBackwards, last: trusted,
                    first: doubt.first, readings: doubt.readings)
            }
            doubt = nil
            follow(register)
            return Judgement(outcome: outcome)
        }
        return judge(odd: register, fit, after: trusted, traits)
    }

    /// Judges a value that does not follow from the last register that is believed.
    private mutating func judge(
        odd register: Register, _ fit: Fit, after trusted: Register, _ traits: CounterTraits
    ) -> Judgement {
        if var doubt,
            Self.fit(
                register.value, at: register.time, after: doubt.last, movedAt: doubt.movedAt,
                traits) == .follows
        {
            doubt.followers += 1
            if register.value > doubt.last.value { doubt.movedAt = register.time.milliseconds }
            if register.value >= doubt.last.value { doubt.last.value = register.value }
            doubt.last.time = register.time
            if doubt.followers >= Self.needed(doubt) {
                begin(with: doubt.last)
                movedAt = doubt.movedAt
                return Judgement(
                    outcome: Outcome(
                        kind: doubt.reason == .rolledOver ? .rolledOver : .swapped, last: trusted,
                        first: doubt.first, readings: doubt.readings, capacity: doubt.capacity))
            }
            doubt.readings += 1
            self.doubt = doubt
            return Judgement(reason: doubt.reason)
        }
        let capacity = fit == .below ? rollover(to: register, after: trusted, traits) : nil
        let reason: Uncertainty =
            fit == .above ? .jumped : capacity == nil ? .wentBackwards : .rolledOver
        doubt = Doubt(
            reason: reason, readings: (doubt?.readings ?? 0) + 1, first: register, last: register,
            movedAt: register.time.milliseconds, capacity: capacity)
        return Judgement(reason: reason)
    }

    private static func needed(_ doubt: Doubt) -> Int {
        if doubt.last.value > doubt.first.value { return confirmations.moving }
        return doubt.last.value.mantissa == 0 ? confirmations.zero : confirmations.standing
    }

    // MARK: - The register

    private mutating func begin(with register: Register) {
        trusted = register
        movedAt = register.time.milliseconds - Self.presumedRest
        doubt = nil
        isExchanged = false
    }

    private mutating func follow(_ register: Register) {
        guard let trusted else { return }
        if register.value > trusted.value {
            movedAt = register.time.milliseconds
            self.trusted = register
        } else {
            self.trusted?.time = register.time
            movedAt = min(movedAt, register.time.milliseconds)
        }
    }

    private enum Fit {
        case follows
        case below
        case above
    }

    private static func fit(
        _ value: ScaledInteger, at time: Timestamp, after register: Register, movedAt: Int64,
        _ traits: CounterTraits
    ) -> Fit {
        if value == register.value { return .follows }
        let before = register.value.doubleValue
        let step = value.doubleValue - before
        let noise = traits.noise(at: before)
        if step < 0 { return -step <= noise * 1.001 ? .follows : .below }
        guard let most = allowance(at: time, after: register, movedAt: movedAt, traits) else {
            return .follows
        }
        return step <= most ? .follows : .above
    }

    /// The most the counter can have counted since a register was read; `nil` where nobody knows.
    private static func allowance(
        at time: Timestamp, after register: Register, movedAt: Int64, _ traits: CounterTraits
    ) -> Double? {
        guard let mostPerHour = traits.mostPerHour else { return nil }
        var gap = time.milliseconds - register.time.milliseconds
        if gap < 0 { gap = unknownGap }
        let rest = min(max(0, register.time.milliseconds - movedAt), longestRest)
        return mostPerHour * Double(gap + rest) / 3_600_000
            + traits.noise(at: register.value.doubleValue) * 2
    }

    /// Where the register began again: what it counted meanwhile fits the time passed, and is a
    /// small part of what it holds. After a long gap anything would fit the time.
    private func rollover(
        to register: Register, after trusted: Register, _ traits: CounterTraits
    ) -> Double? {
        let (before, now) = (trusted.value.doubleValue, register.value.doubleValue)
        let most = Self.allowance(
            at: register.time, after: trusted, movedAt: movedAt, traits)
        return traits.capacities.first { capacity in
            let counted = capacity - before + now
            return before <= capacity && counted >= 0 && counted <= capacity / 50
                && counted <= most ?? .infinity
        }
    }
}
