package import Modbus

/// One bus: a line or a connection, and all the devices on it.
package struct BusConfiguration: Hashable, Sendable {
    package let name: String
    package let link: BusLink
    package let timing: TimingOverrides
    package let connection: ConnectionOverrides

    package init(
        name: String, link: BusLink, timing: TimingOverrides,
        connection: ConnectionOverrides = .none
    ) {
        self.name = name
        self.link = link
        self.timing = timing
        self.connection = connection
    }
}

/// How the servers of a bus are reached.
package enum BusLink: Hashable, Sendable {
    /// RTU on a serial line. With `rs485` the kernel switches the transceiver's direction;
    /// without it the adapter does so by itself, or the line is not RS-485.
    case serial(path: String, SerialSettings, rs485: Bool)
    /// Modbus TCP. The host is a name or an address, IPv6 without brackets.
    case tcp(host: String, port: UInt16)
    /// RTU frames over a TCP connection, as transparent serial servers carry them.
    case rtuOverTCP(host: String, port: UInt16)
}

/// What a bus or a device states about its time, in place of the profile's word.
package struct TimingOverrides: Hashable, Sendable {
    /// How long a server may take until the first byte of its answer.
    package let responseTimeout: Duration?
    /// The pause before a request, counted from the last answer of the device.
    package let requestGap: Duration?
    /// How long after a request an answer may still arrive.
    package let lateAnswerLimit: Duration?

    package init(
        responseTimeout: Duration? = nil, requestGap: Duration? = nil,
        lateAnswerLimit: Duration? = nil
    ) {
        self.responseTimeout = responseTimeout
        self.requestGap = requestGap
        self.lateAnswerLimit = lateAnswerLimit
    }

    package static let none = TimingOverrides(
        responseTimeout: nil, requestGap: nil, lateAnswerLimit: nil)
}
