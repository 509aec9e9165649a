/// A bank of parcel lockers: compartments that share a supply and take parcels together.
package struct LockerBankConfiguration: Hashable, Sendable {
    package let name: String
    /// In the order of the document; not empty.
    package let compartments: [CompartmentConfiguration]
    /// The most strikes energised at once, for the supply's sake.
    package let strikesAtOnce: Int
    /// The most releases that wait for their turn.
    package let waitingLimit: Int
    /// How long a strike is energised. 50 ms to 3 s.
    package let pulse: Duration
    /// A compartment that has not opened so long after its release did not open.
    package let openWithin: Duration
    /// A compartment that is open for longer is held open.
    package let closeWithin: Duration
    package let codes: PickupCodePolicy
    /// The Ed25519 public key, 32 bytes, of whoever signs pickup tokens; `nil` where none are
    /// taken.
    package let tokenKey: [UInt8]?
    /// A tty that sends a line for each code it has read.
    package let reader: CodeReaderConfiguration?

    package init(
        name: String, compartments: [CompartmentConfiguration], strikesAtOnce: Int = 1,
        waitingLimit: Int = 16, pulse: Duration = .milliseconds(500),
        openWithin: Duration = .seconds(8), closeWithin: Duration = .seconds(180),
        codes: PickupCodePolicy = PickupCodePolicy(), tokenKey: [UInt8]? = nil,
        reader: CodeReaderConfiguration? = nil
    ) {
        self.name = name
        self.compartments = compartments
        self.strikesAtOnce = strikesAtOnce
        self.waitingLimit = waitingLimit
        self.pulse = pulse
        self.openWithin = openWithin
        self.closeWithin = closeWithin
        self.codes = codes
        self.tokenKey = tokenKey
        self.reader = reader
    }

    /// What a strike's coil bears: no document may ask for more.
    package static let longestPulse = Duration.seconds(3)
}

/// One compartment.
package struct CompartmentConfiguration: Hashable, Sendable {
    package let name: String
    package let strike: LineReference
    package let contact: LineReference
    /// Whether the contact is active while the compartment is closed, which is the common way.
    package let contactMeansClosed: Bool
    package let size: ParcelSize

    package init(
        name: String, strike: LineReference, contact: LineReference,
        contactMeansClosed: Bool = true, size: ParcelSize
    ) {
        self.name = name
        self.strike = strike
        self.contact = contact
        self.contactMeansClosed = contactMeansClosed
        self.size = size
    }
}

/// How large a parcel is, or what fits into a compartment. The raw value is the word of documents.
package enum ParcelSize: String, CaseIterable, Hashable, Comparable, Sendable {
    case small
    case medium
    case large

    package static func < (left: ParcelSize, right: ParcelSize) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .small: 0
        case .medium: 1
        case .large: 2
        }
    }
}

/// What pickup codes are like, and what becomes of who guesses at them.
package struct PickupCodePolicy: Hashable, Sendable {
    /// 4 to 10.
    package let digits: Int
    /// How long a code is good.
    package let valid: Duration
    /// So many wrong codes in a row lock the bank out.
    package let misses: Int
    /// For how long no code is taken then.
    package let lockout: Duration

    package init(
        digits: Int = 6, valid: Duration = .seconds(72 * 3_600), misses: Int = 5,
        lockout: Duration = .seconds(600)
    ) {
        self.digits = digits
        self.valid = valid
        self.misses = misses
        self.lockout = lockout
    }
}

/// A code reader on a serial port, or one that presents itself as such.
package struct CodeReaderConfiguration: Hashable, Sendable {
    /// The device file.
    package let path: String
    package let baudRate: Int

    package init(path: String, baudRate: Int = 9_600) {
        self.path = path
        self.baudRate = baudRate
    }
}
