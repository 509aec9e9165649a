package import Modbus

/// Cuts the bytes of a Modbus TCP connection into frames: MBAP's length ends one, never a pause.
///
/// A pure value, kept for as long as the connection: the rest of a frame may come with a later
/// request's answer.
package struct TCPFrameStream: Sendable {
    /// What the bytes so far hold.
    package enum Item: Hashable, Sendable {
        /// Not all of a frame is here.
        case incomplete
        case frame(Frame)
        /// The connection has lost its frames: nothing that follows can be trusted.
        case garbage
    }

    package struct Frame: Hashable, Sendable {
        package let transaction: UInt16
        package let unit: UnitIdentifier
        /// 1 to 253 bytes.
        package let pdu: [UInt8]

        /// The function that is answered, also where the answer is an exception.
        package var function: UInt8 { pdu[0] & 0x7F }
        package var exception: ModbusException? {
            pdu[0] & 0x80 != 0 && pdu.count == 2 ? ModbusException(rawValue: pdu[1]) : nil
        }
    }

    private var bytes: [UInt8] = []
    /// Whether a whole exchange has passed since part of a frame came.
    package private(set) var isStuck = false

    package init() {}

    /// Whether part of a frame waits for its rest.
    package var isAmidFrame: Bool { !bytes.isEmpty }

    /// Takes bytes in the order they arrived.
    package mutating func append(_ arrived: some Sequence<UInt8>) {
        bytes.append(contentsOf: arrived)
    }

    /// Takes note that an exchange has ended with part of a frame here.
    package mutating func markStuck() {
        isStuck = isAmidFrame
    }

    /// Takes the next frame out.
    package mutating func next() -> Item {
        guard bytes.count >= TCPFrame.headerLength else { return .incomplete }
        let length = Int(bytes[4]) << 8 | Int(bytes[5])
        // Protocol identifier 0, and a unit with a PDU of 1 to 253 bytes.
        guard bytes[2] == 0, bytes[3] == 0, (2...254).contains(length) else { return .garbage }
        let end = 6 + length
        guard bytes.count >= end else { return .incomplete }
        let frame = Frame(
            transaction: UInt16(bytes[0]) << 8 | UInt16(bytes[1]), unit: UnitIdentifier(bytes[6]),
            pdu: Array(bytes[7..<end]))
        bytes.removeFirst(end)
        isStuck = false
        return .frame(frame)
    }
}
