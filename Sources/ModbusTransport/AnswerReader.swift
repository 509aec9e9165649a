package import Modbus

/// Tells, from the bytes that have arrived, whether the answer to one request is among them.
///
/// A pure value: ``BusLine`` feeds it bytes and silences. How frames are marked off from one
/// another is the business of ``RTUAnswerReader`` and ``TCPAnswerReader``.
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

    private enum Reader: Sendable {
        case rtu(RTUAnswerReader)
        case tcp(TCPAnswerReader)
    }

    private var reader: Reader

    package init(
        framing: Framing, unit: UnitIdentifier, function: UInt8, transaction: UInt16 = 0
    ) {
        reader =
            switch framing {
            case .rtu: .rtu(RTUAnswerReader(unit: unit, function: function))
            case .tcp:
                .tcp(TCPAnswerReader(unit: unit, function: function, transaction: transaction))
            }
    }

    /// Whether part of a frame is waiting for its rest.
    package var hasBegun: Bool {
        switch reader {
        case .rtu(let reader): reader.hasBegun
        case .tcp(let reader): reader.hasBegun
        }
    }

    /// Takes bytes in the order they arrived.
    package mutating func append(_ arrived: some Sequence<UInt8>) {
        switch reader {
        case .rtu(var rtu):
            rtu.append(arrived)
            reader = .rtu(rtu)
        case .tcp(var tcp):
            tcp.append(arrived)
            reader = .tcp(tcp)
        }
    }

    /// Judges the bytes so far.
    ///
    /// - Parameter isSilent: Whether the line has been silent since, longer than a frame may
    ///   pause: what is not complete now will not be.
    package mutating func judge(isSilent: Bool) -> Verdict {
        switch reader {
        case .rtu(var rtu):
            defer { reader = .rtu(rtu) }
            return rtu.judge(isSilent: isSilent)
        case .tcp(var tcp):
            defer { reader = .tcp(tcp) }
            return tcp.judge(isSilent: isSilent)
        }
    }
}

/// How frames are marked off from one another.
package enum Framing: Hashable, Sendable {
    case rtu
    case tcp
}
