package import Execution
package import GPIO
package import SiteConfiguration

/// A parcel that was taken in.
package struct Deposit: Hashable, Sendable {
    package let compartment: String
    package let code: String
    /// Until when the code is good; `nil` where nobody has set the clock yet.
    package let validUntil: Timestamp?
    /// How long it is good.
    package let valid: Duration
}

/// Why a compartment is not opened.
package enum LockerRefusal: CommandRefusal, Hashable, Sendable {
    case unknownCompartment(String)
    /// A command that was carried out before.
    case alreadyDone(String)
    /// Too many releases wait.
    case busy
    case noRoom(ParcelSize)
    /// A deposit that names no size.
    case noSize
    case unknownCode
    case expired
    case tooSoon
    case lockedOut
    /// This bank takes no tokens.
    case noTokens
    case token(PickupToken.Fault)
    /// The compartment holds no parcel that anybody knows of.
    case noParcel(String)
    /// The strike cannot be switched.
    case strike(LineFault)
    /// A parcel could not be written down: a power cut would give its compartment away again.
    case notSaved
    /// The bank is being ended.
    case stopped
}
