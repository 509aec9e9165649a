package import Execution

/// What is remembered of one counter from reading to reading, and across restarts.
package struct CounterMemory: Hashable, Sendable, Codable {
    /// The last register that is believed; of a value that wobbles the highest.
    package var trusted: Register?
    /// When it was first seen at that value.
    package var movedAt: Int64 = 0
    /// Values that do not follow from it, until more is known.
    package var doubt: Doubt?
    /// Whether the meter has another serial number than before: then the next register is the
    /// first of another meter.
    package var isExchanged = false

    package init() {}

    /// A value of a register, and when it was read.
    package struct Register: Hashable, Sendable {
        package var value: ScaledInteger
        package var time: Timestamp

        package init(_ value: ScaledInteger, at time: Timestamp) {
            self.value = value
            self.time = time
        }
    }

    /// A run of readings that follow from each other, and not from the register before.
    package struct Doubt: Hashable, Sendable, Codable {
        package var reason: Uncertainty
        /// How many readings since the counter was last believed.
        package var readings = 1
        package var first: Register
        package var last: Register
        package var movedAt: Int64
        /// How many readings have followed from the first.
        package var followers = 0
        /// Where it would have begun again, for a rollover.
        package var capacity: Double?
    }
}

extension CounterMemory.Register: Codable {
    package init(from decoder: any Decoder) throws {
        var fields = try decoder.unkeyedContainer()
        let text = try fields.decode(String.self)
        let time = try fields.decode(Int64.self)
        guard let value = ScaledInteger(text) else {
            throw DecodingError.dataCorruptedError(in: fields, debugDescription: "no number")
        }
        self.init(value, at: Timestamp(milliseconds: time))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.unkeyedContainer()
        try fields.encode(value.description)
        try fields.encode(time.milliseconds)
    }
}

extension Uncertainty: Codable {}

/// What is remembered of all meters, by the names of their points.
package struct MeterMemory: Hashable, Sendable, Codable {
    package var counters: [String: CounterMemory] = [:]
    package var serialNumbers: [String: String] = [:]

    package init() {}
}
