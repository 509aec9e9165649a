package import Modbus

/// Finds the answer to one request among the bytes of a Modbus TCP connection.
package struct TCPAnswerReader: Sendable {
    private let unit: UnitIdentifier
    private let function: UInt8
    private let transaction: UInt16
    private var bytes: [UInt8] = []

    package init(unit: UnitIdentifier, function: UInt8, transaction: UInt16) {
        self.unit = unit
        self.function = function
        self.transaction = transaction
    }

    /// Whether part of a frame is waiting for its rest.
    package var hasBegun: Bool { !bytes.isEmpty }

    /// Takes bytes in the order they arrived.
    package mutating func append(_ arrived: some Sequence<UInt8>) {
        bytes.append(contentsOf: arrived)
    }

    /// Judges the bytes so far; see ``AnswerReader/judge(isSilent:)``.
    package mutating func judge(isSilent: Bool) -> AnswerReader.Verdict {
        guard bytes.count >= TCPFrame.headerLength else {
            return isSilent && hasBegun ? .corrupt(.truncated) : .incomplete
        }
        let length = Int(bytes[4]) << 8 | Int(bytes[5])
        // Protocol identifier 0, and a unit with a PDU of 1 to 253 bytes.
        guard bytes[2] == 0, bytes[3] == 0, (2...254).contains(length) else {
            return .corrupt(.garbage)
        }
        let end = 6 + length
        guard bytes.count >= end else { return isSilent ? .corrupt(.truncated) : .incomplete }
        let answered = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        let answering = UnitIdentifier(bytes[6])
        let pdu = Array(bytes[7..<end])
        bytes.removeFirst(end)
        guard answered == transaction else {
            return .foreign(.foreignTransaction, from: answering)
        }
        // The transaction is ours, so no other answer will come.
        guard answering == unit else { return .corrupt(.foreignUnit) }
        guard pdu[0] & 0x7F == function else { return .corrupt(.foreignFunction) }
        return .answer(pdu)
    }
}
