package import Execution

/// The seam between policy and a bus: asks one server one thing, in its turn.
package struct ModbusClient: Sendable {
    /// Carries out one request on the bus.
    ///
    /// Suspends until requests of higher priority, and earlier ones of the same, are done.
    /// A task cancelled while it waits sends nothing; a request on the wire is finished.
    package let perform: @Sendable (ModbusCall) async throws(ModbusError) -> ModbusReply
    /// Looks what has arrived unasked, and says how many frames of a unit have so far; see
    /// ``Provisional``.
    package let unasked: @Sendable (UnitIdentifier) async -> UInt64

    package init(
        perform: @escaping @Sendable (ModbusCall) async throws(ModbusError) -> ModbusReply,
        unasked: @escaping @Sendable (UnitIdentifier) async -> UInt64 = { _ in 0 }
    ) {
        self.perform = perform
        self.unasked = unasked
    }
}

/// One request with all the bus needs to carry it out.
package struct ModbusCall: Hashable, Sendable {
    package var request: ModbusRequest
    package var unit: UnitIdentifier
    package var priority: BusPriority
    package var timing: ExchangeTiming

    package init(
        _ request: ModbusRequest, to unit: UnitIdentifier, priority: BusPriority,
        timing: ExchangeTiming = ExchangeTiming()
    ) {
        self.request = request
        self.unit = unit
        self.priority = priority
        self.timing = timing
    }
}

/// Whose turn it is on a bus, the most urgent first.
package enum BusPriority: UInt8, Comparable, Sendable, CaseIterable {
    case command
    case onDemandRead
    case scheduledPoll
    case probe

    package static func < (left: BusPriority, right: BusPriority) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What a device needs in time. All of it comes from its profile or the site document.
package struct ExchangeTiming: Hashable, Sendable {
    /// How long a server may take until the first byte of its answer, wire time not counted.
    package var responseTimeout: Duration
    /// The pause before a request to this device, counted from its last answer. The silence of
    /// 3.5 characters is kept in any case.
    package var requestGap: Duration
    /// How long after a request an answer may still arrive: after a time-out the line is kept
    /// quiet until then, unless the late answer has come.
    package var lateAnswerLimit: Duration

    package init(
        responseTimeout: Duration = .milliseconds(500), requestGap: Duration = .zero,
        lateAnswerLimit: Duration = .seconds(1)
    ) {
        self.responseTimeout = responseTimeout
        self.requestGap = requestGap
        self.lateAnswerLimit = lateAnswerLimit
    }
}

/// An answer, and when its last byte arrived.
package struct ModbusReply: Hashable, Sendable {
    package var response: ModbusResponse
    package var arrival: Moment
    /// How long the bus was taken: from the first byte sent to the last received.
    package var busTime: Duration
    /// What has to hold before it may be believed; `nil` where it may be at once.
    package var provisional: Provisional?

    package init(
        _ response: ModbusResponse, arrival: Moment, busTime: Duration,
        provisional: Provisional? = nil
    ) {
        self.response = response
        self.arrival = arrival
        self.busTime = busTime
        self.provisional = provisional
    }
}

/// An answer counts only if nothing arrives unasked from its device for a while.
///
/// On a line nothing tells two answers of one length apart. Where an earlier one was taken for
/// the answer, that answer itself is left over, and comes soon.
package struct Provisional: Hashable, Sendable {
    /// Until when what is left over has come.
    package var until: MonotonicTime
    /// How many unasked frames of the unit there were before; as many have to be there then.
    package var mark: UInt64

    package init(until: MonotonicTime, mark: UInt64) {
        self.until = until
        self.mark = mark
    }
}

/// Why a request has no answer.
package enum ModbusError: Error, Hashable, Sendable {
    /// No answer in time. The bus was taken for `busTime`.
    case timeout(busTime: Duration)
    /// The server answered with an exception.
    case exception(ModbusException)
    /// What arrived was not the answer: wrong checksum, length, unit or function.
    case corrupt(FrameFault)
    /// Not sent: the device still owes an answer that could be taken for this one, until then at
    /// the latest.
    case resting(until: MonotonicTime)
    /// The line or connection is not there; the reason is the system's error number.
    case disconnected(errno: Int32)
    /// The request was not sent, because its task was cancelled or the bus was closed.
    case cancelled
    /// Too many requests wait for this bus already.
    case queueFull
}

/// What was wrong with a frame.
package enum FrameFault: String, Error, Hashable, Sendable, CaseIterable {
    case checksum
    case truncated
    case foreignUnit
    case foreignFunction
    case foreignTransaction
    case length
    case garbage
    /// Whole frames arrived that nobody had asked for, and could not be told from the answer.
    case unasked
}
