package import Execution
package import GPIO
package import SiteConfiguration

/// A bank, for people.
package struct LockerBankStatus: Hashable, Sendable {
    package struct Compartment: Hashable, Sendable {
        package var name: String
        package var size: ParcelSize
        package var phase: CompartmentState.Phase
        /// `nil` where that is not known.
        package var isStrikeActive: Bool?
        package var isClosed: Bool?
        package var parcel: Parcel?
        package var fault: LineFault?
    }

    package var compartments: [Compartment]
    package var energised: Int
    package var waiting: Int
    package var lockedOutUntil: MonotonicTime?
}
