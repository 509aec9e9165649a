package import Execution

/// What a line is, as far as is known. Active-low has been taken care of: active is what its name
/// says, a strike energised, a contact made, a button pressed.
package enum LineState: Hashable, Sendable {
    case active
    case inactive
    /// Not known: the chip is gone, the relay board is silent, nothing has been read yet.
    case unknown(LineFault)

    package init(isActive: Bool) {
        self = isActive ? .active : .inactive
    }

    /// `nil` where it is not known.
    package var isActive: Bool? {
        switch self {
        case .active: true
        case .inactive: false
        case .unknown: nil
        }
    }
}

/// What an input line has become, and when.
package struct LineChange: Hashable, Sendable {
    package var line: LineName
    package var state: LineState
    /// When the kernel saw the edge, or the reply of the relay board arrived.
    package var time: MonotonicTime

    package init(_ line: LineName, _ state: LineState, at time: MonotonicTime) {
        self.line = line
        self.state = state
        self.time = time
    }
}

/// Why a line cannot be switched or read.
package enum LineFault: CommandRefusal, Hashable, Sendable {
    /// Nothing has been read since the start.
    case notRead
    /// There is no such chip now: an expander was pulled, a driver is missing.
    case chipMissing(String)
    /// The chip has no such line.
    case noSuchLine(chip: String, offset: Int)
    /// Another program, or the kernel itself, uses the line.
    case taken(by: String)
    /// The system refused, with this error number.
    case refused(errno: Int32)
    /// The relay board does not answer.
    case silent
    /// The relay board answered with this Modbus exception (1 to 255).
    case exception(UInt8)
    /// Nothing drives this line yet, or no more: the gateway starts or stops.
    case stopped
}
