/// The speed and format of a serial line; always eight data bits.
package struct SerialSettings: Hashable, Sendable, CustomStringConvertible {
    package enum Parity: String, Hashable, Sendable, CaseIterable {
        case none
        case even
        case odd
    }

    /// The speeds a Linux terminal can be set to by name. Source: termios(3).
    package static let baudRates = [
        300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800,
        921_600,
    ]

    /// One of ``baudRates``.
    package let baudRate: Int
    package let parity: Parity
    /// 1 or 2.
    package let stopBits: Int

    /// - Returns: `nil` for another speed, or another number of stop bits.
    package init?(baudRate: Int, parity: Parity, stopBits: Int) {
        guard Self.baudRates.contains(baudRate), (1...2).contains(stopBits) else { return nil }
        self.baudRate = baudRate
        self.parity = parity
        self.stopBits = stopBits
    }

    /// How long one character takes: a start bit, eight data bits, parity if any, stop bits.
    package var characterTime: Duration {
        let bits = 9 + (parity == .none ? 0 : 1) + stopBits
        return .nanoseconds(Int64(bits) * 1_000_000_000 / Int64(baudRate))
    }

    /// How long some bytes take on the line, without pauses.
    package func wireTime(bytes: Int) -> Duration { characterTime * bytes }

    /// The silence between two frames: 3.5 characters, above 19200 baud 1.75 ms.
    /// Source: serial line guide V1.02, section 2.5.1.1.
    package var frameSilence: Duration {
        baudRate > 19_200 ? .microseconds(1_750) : characterTime * 7 / 2
    }

    /// The longest pause within a frame: 1.5 characters, above 19200 baud 0.75 ms.
    /// Source: serial line guide V1.02, section 2.5.1.1.
    package var characterPauseLimit: Duration {
        baudRate > 19_200 ? .microseconds(750) : characterTime * 3 / 2
    }

    /// For example `9600 8E1`.
    package var description: String {
        let letter =
            switch parity {
            case .none: "N"
            case .even: "E"
            case .odd: "O"
            }
        return "\(baudRate) 8\(letter)\(stopBits)"
    }
}
