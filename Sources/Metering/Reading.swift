package import Execution

/// The place of a point in the catalog of the running site: dense, from zero.
package struct PointIndex: Hashable, Comparable, Sendable {
    package let rawValue: Int32

    package init(_ index: Int) {
        rawValue = Int32(index)
    }

    package static func < (left: PointIndex, right: PointIndex) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// One point at one time: what a meter said, when its reply arrived, and how good that is.
package struct Reading: Hashable, Sendable {
    package var point: PointIndex
    /// When the reply arrived; for a missing reading, when it was known to be missing.
    package var time: Timestamp
    /// Present unless the quality is missing. A failed read is never 0 and never an old value.
    package var value: MeasuredValue?
    package var quality: Quality

    package init(_ point: PointIndex, at time: Timestamp, _ value: MeasuredValue) {
        self.point = point
        self.time = time
        self.value = value
        quality = .good
    }

    package init(
        _ point: PointIndex, at time: Timestamp, uncertain reason: Uncertainty,
        _ value: MeasuredValue
    ) {
        self.point = point
        self.time = time
        self.value = value
        quality = .uncertain(reason)
    }

    package init(_ point: PointIndex, at time: Timestamp, missing reason: MissingReason) {
        self.point = point
        self.time = time
        value = nil
        quality = .missing(reason)
    }
}

/// What a point can hold.
package enum MeasuredValue: Hashable, Sendable, CustomStringConvertible {
    /// A measurement, a state code, or a Boolean as 0 or 1.
    case number(ScaledInteger)
    /// A serial number, a firmware version, raw bytes in hexadecimal.
    case text(String)

    package var number: ScaledInteger? {
        if case .number(let number) = self { number } else { nil }
    }

    package var description: String {
        switch self {
        case .number(let number): number.description
        case .text(let text): text
        }
    }
}

/// How far a reading can be used.
package enum Quality: Hashable, Sendable {
    case good
    /// There is a value, with a doubt.
    case uncertain(Uncertainty)
    /// There is no value, for this reason.
    case missing(MissingReason)
}

/// Why a value is doubtful. The raw value is the code on the wire; never renumber.
package enum Uncertainty: UInt8, CaseIterable, Sendable {
    /// The value is outside the range the profile states.
    case outOfRange = 1
    /// A counter went backwards.
    case wentBackwards = 2
    /// A counter rolled over.
    case rolledOver = 3
    /// A counter jumped further than its meter can count in the time.
    case jumped = 4
}

/// Why there is no value. The raw value is the code on the wire; never renumber.
package enum MissingReason: Hashable, Sendable {
    /// No answer within the response time-out.
    case timeout
    /// The device refused, with this Modbus exception code (1 to 255).
    case exception(UInt8)
    /// An answer came with a wrong checksum, length, unit or function.
    case corrupt
    /// The bus is not connected.
    case disconnected
    /// The device has been silent and is only being probed.
    case silent
    /// The device is busy (exception 5 or 6), and stayed so.
    case busy
    /// The registers hold no number: NaN, a bad BCD digit, or the marker for "no value".
    case notANumber
    /// The gateway was still starting or just reloading: the point was due but not asked.
    case notAsked
}
