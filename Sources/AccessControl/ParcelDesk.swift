package import Execution
package import SiteConfiguration

/// Which parcels a bank holds, and who may have them. Pure.
///
/// Misses are counted for the bank, whoever types: a bank has one keypad. While it is locked out
/// no code is tried at all, so that guessing on is of no use.
package struct ParcelDesk: Hashable, Sendable {
    private var bank: LockerBankConfiguration
    /// The name of the machine's run since power-up.
    private let boot: String
    private let secret: [UInt8]
    package private(set) var parcels: [String: Parcel] = [:]
    /// The parcels for which a compartment was released that has not opened yet.
    private var errands: [String: Errand] = [:]
    /// The compartments that did not open when they were released last.
    private var suspects: Set<String> = []
    package private(set) var misses = 0
    package private(set) var lockedOutUntil: MonotonicTime?
    private var nextTry = MonotonicTime(nanoseconds: .min)

    /// The least time from one try to the next.
    package static let tryPause = Duration.seconds(1)

    /// - Parameter secret: What goes into the hashes of codes besides salt and code.
    package init(
        _ bank: LockerBankConfiguration, boot: String, secret: [UInt8], parcels: [Parcel] = []
    ) {
        self.bank = bank
        self.boot = boot
        self.secret = secret
        for parcel in parcels
        where bank.compartments.contains(where: { $0.name == parcel.compartment }) {
            self.parcels[parcel.compartment] = parcel
        }
    }

    /// Goes on with a changed document, which has a place for every parcel.
    package mutating func use(_ bank: LockerBankConfiguration) {
        self.bank = bank
        let names = Set(bank.compartments.map(\.name))
        errands = errands.filter { names.contains($0.key) }
        suspects.formIntersection(names)
    }

    // MARK: - In

    private enum Errand: Hashable {
        case deposit(Parcel)
        case collection(Parcel)
    }

    /// The compartment for a parcel: a free one of its size, else of the next larger. One that did
    /// not open the last time comes after all others.
    ///
    /// - Parameter isUsable: Whether a compartment is closed and works.
    package func place(for size: ParcelSize, where isUsable: (Int) -> Bool) -> Int? {
        let free = bank.compartments.indices.filter { place in
            bank.compartments[place].size >= size
                && parcels[bank.compartments[place].name] == nil && isUsable(place)
        }
        func rank(_ place: Int) -> (Int, ParcelSize) {
            let one = bank.compartments[place]
            return (suspects.contains(one.name) ? 1 : 0, one.size)
        }
        return free.min { rank($0) < rank($1) }
    }

    /// A parcel with a code that no other parcel here has.
    package func parcel(
        in place: Int, at now: Moment, using random: inout some RandomNumberGenerator
    ) -> (parcel: Parcel, code: String) {
        var code = PickupCode.draw(digits: bank.codes.digits, using: &random)
        while parcels.values.contains(where: { $0.code.matches(code, secret: secret) }) {
            code = PickupCode.draw(digits: bank.codes.digits, using: &random)
        }
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
        let parcel = Parcel(
            compartment: bank.compartments[place].name,
            code: PickupCodeHash(code, salt: salt, secret: secret), valid: bank.codes.valid,
            at: now, boot: boot)
        return (parcel, code)
    }

    /// A compartment is released for a parcel that is to be put into it.
    package mutating func deposit(_ parcel: Parcel) {
        parcels[parcel.compartment] = parcel
        errands[parcel.compartment] = .deposit(parcel)
    }

    /// A compartment is released for the parcel in it.
    package mutating func collect(_ parcel: Parcel) {
        parcels[parcel.compartment] = nil
        errands[parcel.compartment] = .collection(parcel)
    }

    /// A compartment is released by hand, with a parcel in it: whether it is there afterwards,
    /// nobody here knows.
    ///
    /// - Returns: The parcel; `nil` where there is none.
    package mutating func openByHand(_ compartment: String, at now: Moment) -> Parcel? {
        guard var parcel = parcels[compartment] else { return nil }
        parcel.openedByHandAt = now.wall.timestamp.milliseconds
        parcels[compartment] = parcel
        return parcel
    }

    /// Somebody has seen that a compartment is empty.
    ///
    /// - Returns: The parcel that was thought to be there; `nil` where there was none.
    package mutating func clear(_ compartment: String) -> Parcel? {
        errands[compartment] = nil
        return parcels.removeValue(forKey: compartment)
    }

    // MARK: - As time goes by

    /// What has become of a parcel by itself.
    package enum Change: Hashable, Sendable {
        /// The clock was set since it came: its times are true now.
        case dated(Parcel)
        /// Its code is no longer good, and it is still there.
        case overdue(Parcel)
    }

    /// Looks at the clock.
    package mutating func review(at now: Moment) -> [Change] {
        var changes: [Change] = []
        for (name, parcel) in parcels.sorted(by: { $0.key < $1.key }) {
            var parcel = parcel
            if parcel.date(at: now, boot: boot) { changes.append(.dated(parcel)) }
            if parcel.isOverdue != true, parcel.isExpired(at: now, boot: boot) {
                parcel.isOverdue = true
                changes.append(.overdue(parcel))
            }
            parcels[name] = parcel
        }
        return changes
    }

    // MARK: - What came of it

    /// A compartment has opened, or is released for another reason.
    package mutating func opened(_ compartment: String) {
        errands[compartment] = nil
        suspects.remove(compartment)
    }

    /// What a release that opened nothing means for a parcel.
    package enum Setback: Hashable, Sendable {
        /// It was not put in: its compartment is free.
        case notDeposited(Parcel)
        /// It is still in there, and its code is good again.
        case notCollected(Parcel)
    }

    /// A parcel is not taken in after all; its compartment was not touched.
    package mutating func withdraw(_ parcel: Parcel) {
        parcels[parcel.compartment] = nil
        errands[parcel.compartment] = nil
    }

    /// A compartment was released and did not open.
    package mutating func notOpened(_ compartment: String) -> Setback? {
        suspects.insert(compartment)
        switch errands.removeValue(forKey: compartment) {
        case .deposit(let parcel):
            parcels[compartment] = nil
            return .notDeposited(parcel)
        case .collection(let parcel):
            parcels[compartment] = parcel
            return .notCollected(parcel)
        case nil: return nil
        }
    }

    // MARK: - Out

    /// What a code came to.
    package enum Verdict: Hashable, Sendable {
        case granted(Parcel)
        case unknown
        /// The code was good once.
        case expired(Parcel)
        case lockedOut(until: MonotonicTime)
        /// Too soon after the try before.
        case tooSoon
    }

    /// Tries a code. A parcel it is good for stays here until it is collected.
    package mutating func tryCode(_ code: String, at now: Moment) -> Verdict {
        if let until = lockedOutUntil {
            guard now.monotonic >= until else { return .lockedOut(until: until) }
            lockedOutUntil = nil
            misses = 0
        }
        guard now.monotonic >= nextTry else { return .tooSoon }
        nextTry = now.monotonic.advanced(by: Self.tryPause)
        let isWellFormed =
            code.utf8.count == bank.codes.digits
            && code.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let found =
            isWellFormed
            ? parcels.values.first { $0.code.matches(code, secret: secret) } : nil
        guard let found else {
            misses += 1
            guard misses >= bank.codes.misses else { return .unknown }
            let until = now.monotonic.advanced(by: bank.codes.lockout)
            lockedOutUntil = until
            return .lockedOut(until: until)
        }
        misses = 0
        return found.isExpired(at: now, boot: boot) ? .expired(found) : .granted(found)
    }

    /// Goes on with a lock-out that a restart has interrupted: it begins anew.
    package mutating func lockOut(at now: MonotonicTime) {
        lockedOutUntil = now.advanced(by: bank.codes.lockout)
    }
}
