package import Modbus

/// What a bus is made of: how its servers are reached.
package enum BusLink: Hashable, Sendable, CustomStringConvertible {
    /// RTU on a serial line. `kernelDirection` has the kernel switch an RS-485 transceiver
    /// (`TIOCSRS485`); without it the adapter must do so by itself.
    case serial(path: String, SerialSettings, kernelDirection: Bool)
    /// Modbus TCP: frames with a transaction identifier.
    case tcp(host: String, port: UInt16)
    /// RTU frames over a TCP connection, as transparent serial servers carry them.
    case rtuOverTCP(host: String, port: UInt16)

    package var description: String {
        switch self {
        case .serial(let path, let settings, _): "\(path) \(settings)"
        case .tcp(let host, let port): "tcp \(Self.endpoint(host, port))"
        case .rtuOverTCP(let host, let port): "RTU over tcp \(Self.endpoint(host, port))"
        }
    }

    package var isSerial: Bool {
        if case .serial = self { true } else { false }
    }

    /// Whether frames bear a transaction identifier.
    package var isTCP: Bool {
        if case .tcp = self { true } else { false }
    }

    /// The line's speed and format; `nil` where the line is behind a connection.
    package var settings: SerialSettings? {
        if case .serial(_, let settings, _) = self { settings } else { nil }
    }

    private static func endpoint(_ host: String, _ port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension ModbusRequest {
    /// Whether asking twice changes nothing.
    var isRead: Bool {
        switch self {
        case .read, .readDeviceIdentification: true
        case .writeCoil, .writeRegister, .writeCoils, .writeRegisters: false
        }
    }
}
