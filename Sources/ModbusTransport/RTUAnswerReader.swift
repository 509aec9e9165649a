package import Modbus

/// Finds the answer to one request among the bytes of an RTU line, serial or over TCP.
package struct RTUAnswerReader: Sendable {
    private let unit: UnitIdentifier
    private let function: UInt8
    private var bytes: [UInt8] = []

    package init(unit: UnitIdentifier, function: UInt8) {
        self.unit = unit
        self.function = function
    }

    /// Whether part of a frame is waiting for its rest.
    package var hasBegun: Bool { !bytes.isEmpty }

    /// Takes bytes in the order they arrived.
    package mutating func append(_ arrived: some Sequence<UInt8>) {
        bytes.append(contentsOf: arrived)
    }

    /// Judges the bytes so far; see ``AnswerReader/judge(isSilent:)``.
    package mutating func judge(isSilent: Bool) -> AnswerReader.Verdict {
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

    private mutating func take(_ frame: RTUFraming.Frame) -> AnswerReader.Verdict {
        bytes.removeFirst(frame.end)
        guard frame.unit == unit else { return .foreign(.foreignUnit, from: frame.unit) }
        guard frame.function == function else { return .foreign(.foreignFunction, from: unit) }
        return .answer(frame.pdu)
    }
}
