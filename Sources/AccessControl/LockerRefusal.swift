package import Execution
package import SiteConfiguration

/// A parcel that was taken in.
package struct Deposit: Hashable, Sendable {
    package let compartment: String
    package let code: String
    package let validUntil: Timestamp
}

/// Why a compartment is not opened.
package enum LockerRefusal: Error, Hashable, Sendable {
    case unknownCompartment(String)
    /// A command that was carried out before.
    case alreadyDone(String)
    /// Too many releases wait.
    case busy
    case noRoom(ParcelSize)
    case unknownCode
    case expired
    case tooSoon
    case lockedOut
    /// This bank takes no tokens.
    case noTokens
    case token(PickupToken.Fault)
}
