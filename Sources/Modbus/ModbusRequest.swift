/// The address of a server on a line, or behind a TCP gateway.
///
/// 1 to 247 by the standard, 0 for broadcast; 248 to 255 are reserved but some devices use them.
/// Source: V1.1b3 serial line guide V1.02, section 2.2.
package struct UnitIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(_ rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let broadcast = UnitIdentifier(0)

    package var description: String { String(rawValue) }

    package static func < (left: UnitIdentifier, right: UnitIdentifier) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The four address spaces of a server. Source: V1.1b3, section 4.3.
package enum RegisterTable: String, Hashable, Sendable, CaseIterable {
    case coil
    case discrete
    case input
    case holding

    /// Whether one address holds one bit rather than 16.
    package var isBits: Bool { self == .coil || self == .discrete }

    /// The most addresses one read may cover. Source: V1.1b3, sections 6.1 to 6.4.
    package var readLimit: UInt16 { isBits ? 2_000 : 125 }
}

/// Consecutive addresses of one table.
package struct RegisterRange: Hashable, Sendable, CustomStringConvertible {
    package let table: RegisterTable
    package let address: UInt16
    package let count: UInt16

    /// - Precondition: `count` is 1 or more, and the range ends at 65535 or before.
    package init(_ table: RegisterTable, at address: UInt16, count: UInt16) {
        precondition(count > 0 && Int(address) + Int(count) <= 65_536, "a range lies in 0...65535")
        self.table = table
        self.address = address
        self.count = count
    }

    /// The address after the last one.
    package var end: Int { Int(address) + Int(count) }

    package func contains(_ other: RegisterRange) -> Bool {
        table == other.table && address <= other.address && other.end <= end
    }

    package var description: String { "\(table.rawValue) \(address)+\(count)" }
}

/// What a client asks of a server. Source of the function codes: V1.1b3, section 6.
package enum ModbusRequest: Hashable, Sendable {
    /// Functions 1, 2, 3 and 4, by table.
    case read(RegisterRange)
    /// Function 5.
    case writeCoil(address: UInt16, Bool)
    /// Function 6.
    case writeRegister(address: UInt16, UInt16)
    /// Function 15; 1 to 1968 coils.
    case writeCoils(address: UInt16, [Bool])
    /// Function 16; 1 to 123 registers.
    case writeRegisters(address: UInt16, [UInt16])
    /// Function 43 with MEI type 14.
    case readDeviceIdentification(IdentificationCategory, from: UInt8)
}

/// Which objects function 43/14 reads. Source: V1.1b3, section 6.21.
package enum IdentificationCategory: UInt8, Hashable, Sendable {
    case basic = 1
    case regular = 2
    case extended = 3
    case individual = 4
}

/// What a server answered.
package enum ModbusResponse: Hashable, Sendable {
    /// As many registers as were asked for.
    case registers([UInt16])
    /// As many bits as were asked for.
    case bits([Bool])
    /// The write was carried out.
    case written
    case identification(DeviceIdentification)
}

/// One answer to function 43/14.
package struct DeviceIdentification: Hashable, Sendable {
    /// Object texts by object number: 0 vendor, 1 product code, 2 revision, 3 URL, 4 product
    /// name, 5 model, 6 application.
    package var objects: [UInt8: String]
    /// The object to ask for next, where the answer did not hold all.
    package var next: UInt8?

    package init(objects: [UInt8: String], next: UInt8? = nil) {
        self.objects = objects
        self.next = next
    }
}

/// Why a server refused. Source: V1.1b3, section 7.
package struct ModbusException: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let illegalFunction = ModbusException(rawValue: 1)
    package static let illegalDataAddress = ModbusException(rawValue: 2)
    package static let illegalDataValue = ModbusException(rawValue: 3)
    package static let serverDeviceFailure = ModbusException(rawValue: 4)
    package static let acknowledge = ModbusException(rawValue: 5)
    package static let serverDeviceBusy = ModbusException(rawValue: 6)
    package static let negativeAcknowledge = ModbusException(rawValue: 7)
    package static let memoryParityError = ModbusException(rawValue: 8)
    package static let gatewayPathUnavailable = ModbusException(rawValue: 10)
    package static let gatewayTargetFailedToRespond = ModbusException(rawValue: 11)
}
