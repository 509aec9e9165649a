/// Something a counter did that it does not do while one meter counts.
package struct MeterChange: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The register goes on from another value: another meter, or one that was reset.
        case swapped
        /// The register was lower for some readings, and then went on as before.
        case wentBackwards
        /// The register has begun again at zero, after its last digit.
        case rolledOver
        /// The register was too high for some readings, and then went on as before.
        case jumped
    }

    package let point: PointIdentifier
    package let kind: Kind
    /// The last register before.
    package let last: CounterMemory.Register
    /// The first register of the new run; of a passing one the odd value.
    package let first: CounterMemory.Register
    /// How many readings were marked uncertain.
    package let readings: Int
    /// What was counted at the moment of a rollover: its capacity.
    package var capacity: Double?
    /// The serial number of the new meter, where it tells one.
    package var serialNumber: String?
}
