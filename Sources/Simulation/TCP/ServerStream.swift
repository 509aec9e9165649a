import Modbus

/// The requests in the byte stream of one connection: Modbus TCP, or RTU frames over TCP.
///
/// A pure value: append what arrives, then take requests until there is none.
struct ServerStream: Hashable, Sendable {
    let framing: TCPFraming
    private var buffer: [UInt8] = []

    init(framing: TCPFraming) {
        self.framing = framing
    }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next whole request, `nil` where more bytes are needed.
    mutating func next() -> StreamElement? {
        switch framing {
        case .modbusTCP: nextTCP()
        case .rtu: nextRTU()
        }
    }

    private mutating func nextTCP() -> StreamElement? {
        do {
            guard let (frame, length) = try TCPFrame.first(in: buffer[...]) else { return nil }
            buffer.removeFirst(length)
            return .request(frame)
        } catch {
            return .garbage
        }
    }

    /// A stream has no silences: a request's length follows from its function.
    private mutating func nextRTU() -> StreamElement? {
        guard let length = ServerFraming.rtuRequestLength(buffer), buffer.count >= length else {
            return nil
        }
        do {
            let frame = try RTUFrame(decoding: buffer[..<length])
            buffer.removeFirst(length)
            return .request(TCPFrame(transaction: 0, unit: frame.unit, pdu: frame.pdu))
        } catch {
            // Nothing tells where the next frame begins: all that came with it is lost.
            buffer.removeAll()
            return .garbage
        }
    }
}

/// How requests are framed on a connection.
package enum TCPFraming: String, Hashable, Sendable {
    case modbusTCP
    case rtu
}

enum StreamElement: Hashable, Sendable {
    /// Of an RTU frame, which has none, the transaction is 0.
    case request(TCPFrame)
    /// Bytes that are no request. Over Modbus TCP the connection cannot go on.
    case garbage
}
