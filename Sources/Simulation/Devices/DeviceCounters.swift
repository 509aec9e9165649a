/// What a simulated device has seen and done.
package struct DeviceCounters: Hashable, Sendable {
    /// Requests addressed to it.
    package var requests = 0
    /// Good answers, to the read and write requests it serves.
    package var answers = 0
    /// Exceptions of its own: unknown registers, unknown functions, wrong counts.
    package var exceptions = 0
    /// Requests struck by a fault.
    package var faults = 0
    /// Registers and bits in good answers to reads.
    package var values = 0
    /// Requests that came sooner after its last answer than its profile allows.
    package var gapsBroken = 0

    package init() {}

    package static func + (left: DeviceCounters, right: DeviceCounters) -> DeviceCounters {
        var sum = left
        sum.requests += right.requests
        sum.answers += right.answers
        sum.exceptions += right.exceptions
        sum.faults += right.faults
        sum.values += right.values
        sum.gapsBroken += right.gapsBroken
        return sum
    }
}
