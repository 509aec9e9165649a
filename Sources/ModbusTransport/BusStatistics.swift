package import Execution
package import Modbus

/// What a bus has seen since it was started. All counts only grow.
package struct BusStatistics: Hashable, Sendable {
    package var requests: UInt64 = 0
    package var answers: UInt64 = 0
    package var exceptions: UInt64 = 0
    package var timeouts: UInt64 = 0
    /// Answers that came after their request was given up: recognised and thrown away.
    package var lateAnswers: UInt64 = 0
    /// Those of them whose unit is known for certain.
    package var lateAnswersOf: [UnitIdentifier: UInt64] = [:]
    /// Bytes that arrived when nothing was asked, and were thrown away.
    package var strayBytes: UInt64 = 0
    /// Whole frames that nobody had asked for, neither late nor a copy.
    package var strayFrames: UInt64 = 0
    /// Answers that came once more.
    package var copies: UInt64 = 0
    /// Requests of ours that were heard again: an adapter echoes what is sent.
    package var echoes: UInt64 = 0
    /// How long the latest of the late answers of each unit took.
    package var latencies: [UnitIdentifier: Duration] = [:]
    /// Frames thrown away, by what was wrong with them.
    package var faults: [FrameFault: UInt64] = [:]
    package var connections: UInt64 = 0
    package var bytesSent: UInt64 = 0
    package var bytesReceived: UInt64 = 0
    /// How long requests and answers, time-outs included, have taken the bus.
    package var busyTime: Duration = .zero
    /// Since when the bus is not connected; `nil` while it is.
    package var downSince: MonotonicTime?
    /// Why it was last not connected, as the system's error number.
    package var lastError: Int32?
    /// What was found out about the servers. Unlike the counts it may change back.
    package var findings = BusFindings()
    /// The program that has the port, where that is why.
    package var holder: String?

    package init() {}

    /// Counts how one request ended.
    mutating func count(_ outcome: Result<ModbusReply, ModbusError>) {
        switch outcome {
        case .success(let reply):
            answers += 1
            busyTime += reply.busTime
        case .failure(.timeout(let busTime)):
            timeouts += 1
            busyTime += busTime
        case .failure(.exception): exceptions += 1
        case .failure(.corrupt), .failure(.resting), .failure(.disconnected),
            .failure(.cancelled), .failure(.queueFull):
            break
        }
    }
}

/// The counters of one bus: written by its thread, read by anyone.
final class BusCounters: Sendable {
    private let statistics = InheritingLock(BusStatistics())

    var snapshot: BusStatistics { statistics.withLock { $0 } }

    func update(_ change: (inout sending BusStatistics) -> Void) {
        statistics.withLock { change(&$0) }
    }
}

/// A change in the state of a bus that a service may want to report.
package enum BusChange: Hashable, Sendable {
    case connected
    /// The connection could not be made, or broke; the system's error number.
    case disconnected(errno: Int32)
    /// A unit answers after its request was given up, this long after it.
    case answersLate(UnitIdentifier, after: Duration)
    /// Answers of a unit arrive twice, as by a repeater.
    case answersTwice(UnitIdentifier)
    /// What is sent is heard again, as by an adapter whose receiver stays on.
    case echoes
}
