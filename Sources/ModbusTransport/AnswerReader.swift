package import Modbus

/// Tells, from the bytes that have arrived, whether the answer to one request is among them.
///
/// A pure value: ``BusLine`` feeds it bytes and silences.
package struct AnswerReader: Sendable {
    package enum Verdict: Hashable, Sendable {
        /// Not all of it is here.
        case incomplete
        /// The answer's PDU.
        case answer([UInt8])
        /// A whole frame that answers something else; it has been taken out of the bytes.
        case foreign(FrameFault, from: UnitIdentifier)
        /// These bytes will never become an answer.
        case corrupt(FrameFault)
    }

    private let framing: Framing
    private let unit: UnitIdentifier
    private let function: UInt8
    private let transaction: UInt16
    private var bytes: [UInt8] = []

    package init(
        framing: Framing, unit: UnitIdentifier, function: UInt8, transaction: UInt16 = 0
    ) {
        self.framing = framing
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

    /// Judges the bytes so far.
    ///
    /// - Parameter isSilent: Whether the line has been silent since, longer than a frame may
    ///   pause: what is not complete now will not be.
    package mutating func judge(isSilent: Bool) -> Verdict {
        switch framing {
        case .rtu: judgeRTU(isSilent: isSilent)
        case .tcp: judgeTCP(isSilent: isSilent)
        }
    }

    private mutating func judgeRTU(isSilent: Bool) -> Verdict {
        if let frame = RTUFraming.frame(in: bytes, at: 0) {
            return take(frame)
        }
        if bytes.count > RTUFraming.longestFrame { return .corrupt(.garbage) }
        guard isSilent, hasBegun else { return .incomplete }
        // Adapters that switch direction may put a byte of noise before an answer. Further in,
        // only the awaited answer is believed: a checksum alone lets much noise pass.
        for start in 1...RTUFraming.longestNoise {
            guard let frame = RTUFraming.frame(in: bytes, at: start), frame.unit == unit,
                frame.function == function
            else { continue }
            return take(frame)
        }
        guard let length = RTUFraming.length(of: bytes[...]) else { return .corrupt(.garbage) }
        return .corrupt(bytes.count < length ? .truncated : .checksum)
    }

    private mutating func take(_ frame: RTUFraming.Frame) -> Verdict {
        bytes.removeFirst(frame.end)
        guard frame.unit == unit else { return .foreign(.foreignUnit, from: frame.unit) }
        guard frame.function == function else { return .foreign(.foreignFunction, from: unit) }
        return .answer(frame.pdu)
    }

    private mutating func judgeTCP(isSilent: Bool) -> Verdict {
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

/// How frames are marked off from one another.
package enum Framing: Hashable, Sendable {
    case rtu
    case tcp
}
