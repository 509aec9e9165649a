package import Execution

/// The seam between policy and a bus: asks one server one thing, in its turn.
package struct ModbusClient: Sendable {
    /// Carries out one request on the bus.
    ///
    /// Suspends until requests of higher priority, and earlier ones of the same, are done.
    /// A task cancelled while it waits sends nothing; a request on the wire is finished.
    package let perform: @Sendable (ModbusCall) async throws(ModbusError) -> ModbusReply
    /// Looks what has arrived unasked, so that a late answer tells how late it is.
    ///
    /// Returns whether one may still come, and it is worth looking again soon.
    package let look: @Sendable () async -> Bool

    package init(
        perform: @escaping @Sendable (ModbusCall) async throws(ModbusError) -> ModbusReply,
        look: @escaping @Sendable () async -> Bool = { false }
    ) {
        self.perform = perform
        self.look = look
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
    /// The pause between two writes to this device. Others have the bus meanwhile.
    package var writeGap: Duration
    /// How long after a request an answer may still arrive: after a time-out the line is kept
    /// quiet until then, unless the late answer has come.
    package var lateAnswerLimit: Duration

    package init(
        responseTimeout: Duration = .milliseconds(500), requestGap: Duration = .zero,
        lateAnswerLimit: Duration = .seconds(1), writeGap: Duration = .zero
    ) {
        self.responseTimeout = responseTimeout
        self.requestGap = requestGap
        self.lateAnswerLimit = lateAnswerLimit
        self.writeGap = writeGap
    }
}

/// An answer, and when its last byte arrived.
package struct ModbusReply: Hashable, Sendable {
    package var response: ModbusResponse
    package var arrival: Moment
    /// How long the bus was taken: from the first byte sent to the last received.
    package var busTime: Duration
    package init(
        _ response: ModbusResponse, arrival: Moment, busTime: Duration
    ) {
        self.response = response
        self.arrival = arrival
        self.busTime = busTime
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
    /// Not sent, or not believed: until then at the latest something may come that could be taken
    /// for the answer.
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
