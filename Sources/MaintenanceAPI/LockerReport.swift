/// One bank of parcel lockers. Answers `GET /v1/lockers`.
package struct LockerReport: Codable, Hashable, Sendable {
    package var bank: String
    package var compartments: [Compartment]
    /// Strikes energised now, and releases that wait for their turn.
    package var energised: Int
    package var waiting: Int
    package var strikesAtOnce: Int
    /// Until when no code is taken after too many misses, in milliseconds since 1970.
    package var lockedOutUntil: Int64?
    package var faults: [String]

    package struct Compartment: Codable, Hashable, Sendable {
        package var name: String
        package var size: String
        /// In words: closed, open, releasing, held open, forced, not opened.
        package var state: String
        /// Left out where that is not known: its board was never heard, or has not answered.
        package var isStrikeActive: Bool?
        /// What the contact says; `nil` where it says nothing.
        package var isClosed: Bool?
        /// Since when there is a parcel in it, in milliseconds since 1970.
        package var parcelSince: Int64?
        /// Of that parcel: `waiting`, `overdue` (its code is no longer good), `opened by hand` (it may
        /// be gone), or `undated` (it came before the clock was set).
        package var parcelState: String?
        /// Until when its code is good, in milliseconds since 1970.
        package var parcelUntil: Int64?
        package var faults: [String]

        package init(
            name: String, size: String, state: String, isStrikeActive: Bool?, isClosed: Bool?,
            parcelSince: Int64? = nil, parcelState: String? = nil, parcelUntil: Int64? = nil,
            faults: [String] = []
        ) {
            self.name = name
            self.size = size
            self.state = state
            self.isStrikeActive = isStrikeActive
            self.isClosed = isClosed
            self.parcelSince = parcelSince
            self.parcelState = parcelState
            self.parcelUntil = parcelUntil
            self.faults = faults
        }
    }

    package init(
        bank: String, compartments: [Compartment], energised: Int, waiting: Int,
        strikesAtOnce: Int, lockedOutUntil: Int64? = nil, faults: [String] = []
    ) {
        self.bank = bank
        self.compartments = compartments
        self.energised = energised
        self.waiting = waiting
        self.strikesAtOnce = strikesAtOnce
        self.lockedOutUntil = lockedOutUntil
        self.faults = faults
    }
}

/// What came of a release, a deposit or a pickup.
package struct LockerAnswer: Codable, Hashable, Sendable {
    package var bank: String
    package var compartment: String
    /// Only of a deposit: what the resident is told. It is stored nowhere and shown only here.
    package var code: String?
    /// Only of a deposit: until when the code is good, in milliseconds since 1970. Left out where
    /// nobody has set the clock yet.
    package var validUntil: Int64?
    /// Only of a deposit: how long the code is good.
    package var validSeconds: Double?
    /// Only of a release: whether a parcel counts as being there still.
    package var holdsParcel: Bool?
    /// The time zone of the site, for example `Asia/Shanghai`.
    package var timeZone: String?

    package init(
        bank: String, compartment: String, code: String? = nil, validUntil: Int64? = nil,
        validSeconds: Double? = nil, holdsParcel: Bool? = nil, timeZone: String? = nil
    ) {
        self.bank = bank
        self.compartment = compartment
        self.code = code
        self.validUntil = validUntil
        self.validSeconds = validSeconds
        self.holdsParcel = holdsParcel
        self.timeZone = timeZone
    }
}

/// The audit trail of who did what. Answers `GET /v1/lockers/audit`.
package struct AuditReport: Codable, Hashable, Sendable {
    /// How many records there are, and the hash of the last, in hexadecimal.
    package var count: Int
    package var head: String
    /// What is missing or was changed, in words.
    package var fault: String?
    /// The newest, the last of them last.
    package var records: [Record]
    /// The time zone of the site, for example `Asia/Shanghai`.
    package var timeZone: String?

    package struct Record: Codable, Hashable, Sendable {
        package var number: Int64
        package var time: Int64
        package var actor: String
        package var action: String
        package var subject: String
        package var details: String
        /// In hexadecimal; what the city was told of this count must be the same.
        package var hash: String

        package init(
            number: Int64, time: Int64, actor: String, action: String, subject: String,
            details: String, hash: String
        ) {
            self.number = number
            self.time = time
            self.actor = actor
            self.action = action
            self.subject = subject
            self.details = details
            self.hash = hash
        }
    }

    package init(count: Int, head: String, fault: String? = nil, records: [Record]) {
        self.count = count
        self.head = head
        self.fault = fault
        self.records = records
    }
}
