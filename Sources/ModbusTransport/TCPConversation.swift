package import Execution
package import Modbus

/// The requests of one Modbus TCP connection that may still be answered, and whose answer a frame
/// is. A pure value.
///
/// One request is under way at a time. Those that were given up stay known for a while: their
/// answers teach how long a device takes, and many gateways work off one request after the other,
/// so that a device's answer waits for a dead neighbour's time-out inside the gateway.
package struct TCPConversation: Sendable {
    /// What a frame is.
    package enum Meaning: Hashable, Sendable {
        /// The answer to the request under way.
        case answer([UInt8])
        /// It ends the request under way without being its answer.
        case wrong(FrameFault, from: UnitIdentifier)
        /// The answer to a request that was given up.
        case late(Late)
        /// An answer sent twice, or long after.
        case repeated
        /// It bears a number that no request had.
        case strange(UInt16)
    }

    package struct Late: Hashable, Sendable {
        package let unit: UnitIdentifier
        /// Counted from its request.
        package let latency: Duration
        /// Whether it says how long its device takes. A gateway's word that a device is silent
        /// says so only where others had to wait for it.
        package let isTelling: Bool

        package init(unit: UnitIdentifier, latency: Duration, isTelling: Bool) {
            self.unit = unit
            self.latency = latency
            self.isTelling = isTelling
        }
    }

    private struct Request: Sendable {
        let number: UInt16
        let unit: UnitIdentifier
        let function: UInt8
        let sent: MonotonicTime
        /// Whether a later request was answered before this one.
        var isOvertaken = false
    }

    /// How long a request may keep a gateway from working off the next.
    package static let longestHold: Duration = .seconds(5)
    private static let memory: Duration = .seconds(60)
    private static let capacity = 32

    private var current: Request?
    private var givenUp: [Request] = []
    /// The devices whose last request was answered.
    private var answering: Set<UnitIdentifier> = []
    /// The units that were asked on this connection.
    private var asked: Set<UnitIdentifier> = []
    /// When each device last answered, for those that want a pause.
    private var lastAnswer: [UnitIdentifier: MonotonicTime] = [:]
    /// Whether the gateway was seen to answer a later request first.
    private var isParallel = false

    package init() {}

    /// Whether nothing but the request under way can be answered.
    package var hasOnlyCurrent: Bool { givenUp.isEmpty }

    /// Takes note of a request that is being sent.
    package mutating func begin(_ call: ModbusCall, number: UInt16, at time: MonotonicTime) {
        givenUp.removeAll { $0.sent.duration(to: time) > Self.memory }
        if givenUp.count > Self.capacity { givenUp.removeFirst() }
        asked.insert(call.unit)
        current = Request(
            number: number, unit: call.unit, function: call.request.function, sent: time)
    }

    /// When `call` may go out at the earliest, for devices that want a pause.
    package func earliestSend(of call: ModbusCall) -> MonotonicTime? {
        lastAnswer[call.unit]?.advanced(by: call.timing.requestGap)
    }

    /// Takes note that a device has answered.
    package mutating func answered(_ call: ModbusCall, at time: MonotonicTime) {
        if call.timing.requestGap > .zero { lastAnswer[call.unit] = time }
    }

    /// Until when the request under way is waited for.
    ///
    /// Where a device that answers was asked behind another's request without an answer, its own
    /// time begins when that one is done with.
    package func deadline(within timeout: Duration) -> MonotonicTime? {
        guard let current else { return nil }
        var start = current.sent
        if answering.contains(current.unit), !isParallel {
            for ahead in givenUp where !ahead.isOvertaken && ahead.unit != current.unit {
                start = max(start, ahead.sent.advanced(by: Self.longestHold))
            }
        }
        return start.advanced(by: timeout)
    }

    /// Takes note that the request under way was given up.
    package mutating func giveUp() {
        guard let current else { return }
        answering.remove(current.unit)
        givenUp.append(current)
        self.current = nil
    }

    /// Takes note that the request under way is done with, whatever answered it.
    package mutating func finish() {
        current = nil
    }

    /// Takes note of a frame.
    package mutating func received(
        _ frame: TCPFrameStream.Frame, numbering: TransactionNumbering, at time: MonotonicTime
    ) -> Meaning {
        if let current, isAnswer(frame, to: current, numbering) {
            self.current = nil
            return judge(frame, as: current)
        }
        let late = givenUp.firstIndex { numbering.answer(to: $0.number) == frame.transaction }
        if let late {
            let request = givenUp.remove(at: late)
            if request.isOvertaken { isParallel = true }
            let isRefusal =
                frame.exception == .gatewayTargetFailedToRespond
                || frame.exception == .gatewayPathUnavailable
            return .late(
                Late(
                    unit: request.unit, latency: request.sent.duration(to: time),
                    isTelling: !isRefusal || !request.isOvertaken))
        }
        return numbering.isRecent(frame.transaction) ? .repeated : .strange(frame.transaction)
    }

    private func isAnswer(
        _ frame: TCPFrameStream.Frame, to request: Request, _ numbering: TransactionNumbering
    ) -> Bool {
        if numbering.isIgnored { return givenUp.isEmpty }
        return numbering.answer(to: request.number) == frame.transaction
    }

    private mutating func judge(_ frame: TCPFrameStream.Frame, as request: Request) -> Meaning {
        // The number is ours, so no other answer will come.
        guard frame.unit == request.unit || mayStandFor(frame, request) else {
            return .wrong(.foreignUnit, from: frame.unit)
        }
        guard frame.function == request.function else {
            return .wrong(.foreignFunction, from: frame.unit)
        }
        answering.insert(request.unit)
        for place in givenUp.indices where givenUp[place].unit != request.unit {
            givenUp[place].isOvertaken = true
        }
        return .answer(frame.pdu)
    }

    /// Whether a frame that bears 0 or 255 speaks for the device that was asked. Both mean "the
    /// server at this address": a gateway says so that it is busy, and a device that is no gateway
    /// knows no other unit. Source: Modbus Messaging on TCP/IP V1.0b, 4.4.1.
    private func mayStandFor(_ frame: TCPFrameStream.Frame, _ request: Request) -> Bool {
        guard frame.unit.rawValue == 0 || frame.unit.rawValue == 255 else { return false }
        return frame.exception != nil || asked.count == 1
    }

    /// The device whose request held up the answer that has just come, and for how long at least:
    /// one asked before it that has not been answered.
    ///
    /// Called before the answer is handed to ``received(_:numbering:at:)``.
    package func holder(until time: MonotonicTime, beyond timeout: Duration) -> Late? {
        guard let current, current.sent.duration(to: time) > timeout,
            let ahead = givenUp.last(where: { $0.unit != current.unit && !$0.isOvertaken })
        else { return nil }
        return Late(
            unit: ahead.unit, latency: ahead.sent.duration(to: time), isTelling: true)
    }
}
