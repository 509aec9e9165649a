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

extension LockerBankPolicy {
    package var status: LockerBankStatus {
        LockerBankStatus(
            compartments: configuration.compartments.indices.map { place in
                let one = configuration.compartments[place]
                return LockerBankStatus.Compartment(
                    name: one.name, size: one.size, phase: strikes.compartments[place].phase,
                    isStrikeActive: strikes.strikes[place].isActive,
                    isClosed: strikes.compartments[place].isClosed, parcel: desk.parcels[one.name],
                    fault: strikes.strikes[place].fault)
            }, energised: strikes.strikes.count { $0.isActive == true },
            waiting: strikes.supply.waiting.count, lockedOutUntil: desk.lockedOutUntil)
    }
}
