package import Metering

/// What a point held in one poll.
package enum Measurement: Hashable, Sendable {
    case value(MeasuredValue)
    /// There is a value, with a doubt.
    case uncertain(Uncertainty, MeasuredValue)
    /// There is no value, for this reason.
    case missing(MissingReason)
}
