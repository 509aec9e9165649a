extension ModbusRequest {
    /// The function code. Source: V1.1b3, section 6.
    package var function: UInt8 {
        switch self {
        case .read(let range):
            switch range.table {
            case .coil: 1
            case .discrete: 2
            case .holding: 3
            case .input: 4
            }
        case .writeCoil: 5
        case .writeRegister: 6
        case .writeCoils: 15
        case .writeRegisters: 16
        case .readDeviceIdentification: 43
        }
    }

    /// Whether the counts are within the limits of the standard.
    package var isValid: Bool {
        switch self {
        case .read(let range): range.count <= range.table.readLimit
        case .writeCoils(let address, let values):
            (1...1_968).contains(values.count) && Int(address) + values.count <= 65_536
        case .writeRegisters(let address, let values):
            (1...123).contains(values.count) && Int(address) + values.count <= 65_536
        case .writeCoil, .writeRegister, .readDeviceIdentification: true
        }
    }

    /// The PDU: function code and data.
    package var encoded: [UInt8] {
        switch self {
        case .read(let range):
            return [function] + Self.bytes(range.address) + Self.bytes(range.count)
        case .writeCoil(let address, let value):
            return [5] + Self.bytes(address) + [value ? 0xFF : 0x00, 0x00]
        case .writeRegister(let address, let value):
            return [6] + Self.bytes(address) + Self.bytes(value)
        case .writeCoils(let address, let values):
            let packed = BitPacking.pack(values)
            return [15] + Self.bytes(address) + Self.bytes(UInt16(values.count))
                + [UInt8(packed.count)] + packed
        case .writeRegisters(let address, let values):
            return [16] + Self.bytes(address) + Self.bytes(UInt16(values.count))
                + [UInt8(values.count * 2)] + values.flatMap(Self.bytes)
        case .readDeviceIdentification(let category, let object):
            return [43, 14, category.rawValue, object]
        }
    }

    /// Reads a PDU as a server does.
    ///
    /// - Throws: The exception that a server answers with: 1 for an unknown function, 3 for
    ///   counts and lengths that do not fit, 2 for a range that leaves the address space.
    package init(decoding pdu: ArraySlice<UInt8>) throws(ModbusException) {
        let bytes = Array(pdu)
        guard let function = bytes.first else { throw .illegalFunction }
        func word(_ offset: Int) -> UInt16 {
            UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
        }
        switch function {
        case 1...4:
            let tables: [RegisterTable] = [.coil, .discrete, .holding, .input]
            let table = tables[Int(function) - 1]
            guard bytes.count == 5, (1...table.readLimit).contains(word(3)) else {
                throw .illegalDataValue
            }
            guard Int(word(1)) + Int(word(3)) <= 65_536 else { throw .illegalDataAddress }
            self = .read(RegisterRange(table, at: word(1), count: word(3)))
        case 5:
            guard bytes.count == 5, word(3) == 0 || word(3) == 0xFF00 else {
                throw .illegalDataValue
            }
            self = .writeCoil(address: word(1), word(3) == 0xFF00)
        case 6:
            guard bytes.count == 5 else { throw .illegalDataValue }
            self = .writeRegister(address: word(1), word(3))
        case 15:
            guard bytes.count >= 7, Int(bytes[5]) == bytes.count - 6,
                Int(bytes[5]) == (Int(word(3)) + 7) / 8
            else { throw .illegalDataValue }
            self = .writeCoils(
                address: word(1), BitPacking.unpack(bytes[6...], count: Int(word(3))))
        case 16:
            guard bytes.count >= 8, Int(bytes[5]) == bytes.count - 6,
                Int(bytes[5]) == Int(word(3)) * 2
            else { throw .illegalDataValue }
            self = .writeRegisters(
                address: word(1), (0..<Int(word(3))).map { word(6 + $0 * 2) })
        case 43:
            guard bytes.count == 4, bytes[1] == 14 else { throw .illegalFunction }
            guard let category = IdentificationCategory(rawValue: bytes[2]) else {
                throw .illegalDataValue
            }
            self = .readDeviceIdentification(category, from: bytes[3])
        default:
            throw .illegalFunction
        }
        guard isValid else { throw .illegalDataAddress }
    }

    private static func bytes(_ word: UInt16) -> [UInt8] {
        [UInt8(word >> 8), UInt8(word & 0xFF)]
    }
}

extension ModbusException: Error {}

/// Bits in bytes, the first in the lowest place. Source: V1.1b3, section 6.1.
enum BitPacking {
    static func pack(_ bits: [Bool]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
        for (index, bit) in bits.enumerated() where bit { bytes[index / 8] |= 1 << (index % 8) }
        return bytes
    }

    /// - Precondition: `bytes` hold at least `count` bits.
    static func unpack(_ bytes: ArraySlice<UInt8>, count: Int) -> [Bool] {
        (0..<count).map { bytes[bytes.startIndex + $0 / 8] >> ($0 % 8) & 1 == 1 }
    }
}
