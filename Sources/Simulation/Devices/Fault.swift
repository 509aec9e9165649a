import Execution
package import Modbus

/// What is wrong with a simulated device.
package enum Fault: Hashable, Sendable {
    /// No answer at all.
    case silent
    /// Answers after this time instead of its turnaround.
    case slow(Duration)
    /// Answers after a time drawn anew for each request.
    case late(ClosedRange<Duration>)
    /// Answers each request with this exception.
    case exception(ModbusException)
    /// A wrong checksum; over Modbus TCP, which has none, a wrong transaction identifier.
    case corrupt
    /// The first half of the answer, and then nothing.
    case truncated
    /// A good answer in the name of another unit.
    case foreignUnit
    /// Bytes that mean nothing, in place of the answer.
    case garbage
    /// The connection is reset. On a serial line, where there is none, silence.
    case reset
    /// So many answers are exception 6, then all is well.
    case busy(Int)
    /// Each answer comes once more, so much later: a repeater.
    case twice(Duration)
    /// On a line, what the client sends comes back before the answer: an adapter whose receiver
    /// stays on.
    case echo
}

extension Fault: LosslessStringConvertible {
    package var description: String {
        switch self {
        case .silent: "silent"
        case .slow(let delay): "slow \(delay.shortText)"
        case .late(let range): "late \(range.lowerBound.shortText)..\(range.upperBound.shortText)"
        case .exception(let exception): "exception \(exception.rawValue)"
        case .corrupt: "corrupt"
        case .truncated: "truncated"
        case .foreignUnit: "foreign-unit"
        case .garbage: "garbage"
        case .reset: "reset"
        case .busy(let count): "busy \(count)"
        case .twice(let pause): "twice \(pause.shortText)"
        case .echo: "echo"
        }
    }

    /// Reads a fault as it is written on the command line, for example `late 100ms..600ms`.
    ///
    /// - Returns: `nil` where the text is no fault; ``usage`` lists all.
    package init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("silent", 1): self = .silent
        case ("corrupt", 1): self = .corrupt
        case ("truncated", 1): self = .truncated
        case ("foreign-unit", 1): self = .foreignUnit
        case ("garbage", 1): self = .garbage
        case ("reset", 1): self = .reset
        case ("echo", 1): self = .echo
        case ("twice", 1): self = .twice(.milliseconds(20))
        case ("twice", 2):
            guard let pause = Duration(shortText: words[1]) else { return nil }
            self = .twice(pause)
        case ("slow", 2):
            guard let delay = Duration(shortText: words[1]) else { return nil }
            self = .slow(delay)
        case ("late", 2):
            guard let mark = words[1].firstRange(of: ".."),
                let from = Duration(shortText: String(words[1][..<mark.lowerBound])),
                let to = Duration(shortText: String(words[1][mark.upperBound...])), from <= to
            else { return nil }
            self = .late(from...to)
        case ("exception", 2):
            guard let code = UInt8(words[1]), code > 0 else { return nil }
            self = .exception(ModbusException(rawValue: code))
        case ("busy", 2):
            guard let count = Int(words[1]), (1...1_000_000).contains(count) else { return nil }
            self = .busy(count)
        default: return nil
        }
    }

    /// All faults, as they are written.
    package static let usage = """
        silent, slow 400ms, late 100ms..600ms, exception 2, corrupt, truncated, foreign-unit, \
        garbage, reset, busy 3, twice 20ms (a repeater), echo (an adapter), none
        """
}

extension Duration {
    /// This duration as an installer writes it: `400ms`, `2s`, `250us`.
    var shortText: String {
        let nanoseconds = self.nanoseconds
        if nanoseconds % 1_000_000_000 == 0 { return "\(nanoseconds / 1_000_000_000)s" }
        if nanoseconds % 1_000_000 == 0 { return "\(nanoseconds / 1_000_000)ms" }
        return "\(nanoseconds / 1_000)us"
    }

    /// Reads `250us`, `400ms`, `2s`, `10m`, `1h`: a whole number and a unit, at most a day.
    package init?(shortText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let factors: [Substring: Int64] = [
            "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
            "h": 3_600_000_000_000,
        ]
        guard let number = Int64(digits), let factor = factors[text[digits.endIndex...]] else {
            return nil
        }
        let (nanoseconds, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, nanoseconds <= 86_400_000_000_000 else { return nil }
        self = .nanoseconds(nanoseconds)
    }
}
