import Execution
package import Modbus

/// The fault of one device and how often it strikes; decides each answer's fate.
package struct FaultSetting: Hashable, Sendable {
    package private(set) var fault: Fault?
    /// The share of the requests that are struck, 0 to 1.
    package let chance: Double

    package init(_ fault: Fault?, chance: Double = 1) {
        self.fault = fault
        self.chance = chance
    }

    /// Reads `none`, or a fault, with a percentage at its end where it strikes only some
    /// requests: `corrupt 10%`.
    package init?(text: String) {
        if text == "none" {
            self.init(nil)
            return
        }
        var words = text.split(separator: " ")
        var chance = 1.0
        if let last = words.last, last.hasSuffix("%") {
            guard let percent = Double(last.dropLast()), percent > 0, percent <= 100 else {
                return nil
            }
            chance = percent / 100
            words.removeLast()
        }
        guard let fault = Fault(words.joined(separator: " ")) else { return nil }
        self.init(fault, chance: chance)
    }

    package var text: String {
        guard let fault else { return "none" }
        return chance < 1 ? "\(fault) \(chance * 100)%" : "\(fault)"
    }

    /// Whether this request is struck, and by what. A fault with a count uses it up.
    mutating func strike(using random: inout SeededRandom) -> Fault? {
        guard let fault, chance >= 1 || Double.random(in: 0..<1, using: &random) < chance else {
            return nil
        }
        if case .busy(let count) = fault { self.fault = count > 1 ? .busy(count - 1) : nil }
        return fault
    }
}

/// How a device meets one request.
package enum DeviceReaction: Hashable, Sendable {
    case silence
    /// Cut the connection.
    case reset
    case answer(DeviceAnswer)
}

/// An answer before it is framed.
package struct DeviceAnswer: Hashable, Sendable {
    package var pdu: [UInt8]
    package var unit: UnitIdentifier
    /// The device's time in place of its turnaround.
    package var delay: Duration?
    package var damage: FrameDamage?
    /// How much later the same comes once more.
    package var copyPause: Duration?
    /// Whether the request comes back first.
    package var isEchoed = false

    package init(pdu: [UInt8], unit: UnitIdentifier) {
        self.pdu = pdu
        self.unit = unit
    }
}

/// How a frame is spoilt on its way.
package enum FrameDamage: Hashable, Sendable {
    case checksum
    case truncated
    /// These bytes in its place.
    case garbage([UInt8])

    /// The bytes that arrive in place of a good RTU frame.
    package func spoil(rtuFrame frame: [UInt8]) -> [UInt8] {
        switch self {
        case .checksum: frame.dropLast() + [(frame.last ?? 0) ^ 0xA5]
        case .truncated: Array(frame.prefix(max(1, frame.count / 2)))
        case .garbage(let bytes): bytes
        }
    }

    /// The bytes that arrive in place of a good Modbus TCP frame.
    package func spoil(tcpFrame frame: [UInt8]) -> [UInt8] {
        switch self {
        case .checksum: [frame[0] ^ 0xA5] + frame.dropFirst()
        case .truncated: Array(frame.prefix(max(1, frame.count / 2)))
        case .garbage(let bytes): bytes
        }
    }
}
