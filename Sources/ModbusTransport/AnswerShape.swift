package import Modbus

/// All that an answer on a line says of the request it belongs to.
///
/// No register address, no number: two reads of one function and as many registers have answers
/// of one shape, and nothing tells these apart.
package enum AnswerShape: Hashable, Sendable {
    /// Registers or bits: functions 1 to 4.
    case data(function: UInt8, bytes: UInt8)
    /// An exception.
    case refusal(function: UInt8)
    /// A write repeats what was written where: functions 5, 6, 15 and 16.
    case confirmation([UInt8])
    case other(function: UInt8)

    /// - Precondition: `pdu` is not empty.
    package init(of pdu: [UInt8]) {
        switch pdu[0] {
        case 0x81...0xFF: self = .refusal(function: pdu[0] & 0x7F)
        case 1...4 where pdu.count > 1: self = .data(function: pdu[0], bytes: pdu[1])
        // Boards that confirm a coil with another number than they were sent mean the same.
        case 5 where pdu.count == 5:
            self = .confirmation(Array(pdu[..<3]) + [pdu[3] | pdu[4] == 0 ? 0 : 0xFF, 0])
        case 6, 15, 16: self = .confirmation(Array(pdu))
        default: self = .other(function: pdu[0])
        }
    }
}

extension ModbusRequest {
    /// What an answer looks like that is no exception.
    package var answerShape: AnswerShape {
        switch self {
        case .read(let range):
            let bytes = range.table.isBits ? (range.count + 7) / 8 : range.count * 2
            return .data(function: function, bytes: UInt8(truncatingIfNeeded: bytes))
        case .writeCoil, .writeRegister, .writeCoils, .writeRegisters:
            return .confirmation(Array(encoded.prefix(5)))
        case .readDeviceIdentification: return .other(function: function)
        }
    }

    /// Whether an answer of this shape may be to this request.
    package func mayBeAnswered(by shape: AnswerShape) -> Bool {
        shape == answerShape || shape == .refusal(function: function)
    }
}
