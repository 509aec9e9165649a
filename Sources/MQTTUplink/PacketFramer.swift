import MQTT

/// One control packet as it lies on the wire.
struct Frame: Hashable {
    let type: PacketType
    let flags: UInt8
    /// What comes after the fixed header; only its beginning where the packet was let go.
    let body: [UInt8]
    /// How long the body was.
    let length: Int

    var isWhole: Bool { body.count == length }
}

/// Cuts the bytes of a broker into packets. A pure value.
///
/// A packet that may not come, or is too large, is known by its first bytes: no memory is set
/// aside for it. Holds at most ``ReceivingLimits/packetBytes``.
struct PacketFramer: Hashable {
    private enum Stage: Hashable {
        case type
        case length(PacketType, flags: UInt8, value: Int, shift: Int)
        case body(PacketType, flags: UInt8, length: Int)
    }

    private let version: ProtocolVersion
    private var stage = Stage.type
    private var body: [UInt8] = []
    /// How much of the body is still to come.
    private var left = 0

    /// Of a packet that is let go: the longest topic with the bytes around it.
    private static let kept = 2 + 0xFFFF + 2

    init(version: ProtocolVersion) {
        self.version = version
    }

    /// Whether a packet was begun and not ended, and how long it is, as far as that is known.
    var underWay: (type: PacketType, length: Int)? {
        switch stage {
        case .type: nil
        case .length(let type, _, _, _): (type, 0)
        case .body(let type, _, let length): (type, length)
        }
    }

    /// Takes bytes up to the end of a packet.
    ///
    /// - Returns: The packet; `nil` where all bytes are taken and it has not ended.
    mutating func next(from bytes: inout ArraySlice<UInt8>) throws(ProtocolBreach) -> Frame? {
        while true {
            switch stage {
            case .type:
                guard let first = bytes.popFirst() else { return nil }
                guard let type = PacketType(rawValue: first >> 4),
                    type.isFromBroker(version) || type == .auth, type.allows(flags: first & 0x0F)
                else { throw .unknown(firstByte: first) }
                guard type.isFromBroker(version) else { throw .unexpected(type) }
                stage = .length(type, flags: first & 0x0F, value: 0, shift: 0)
            case .length(let type, let flags, var value, let shift):
                guard let byte = bytes.popFirst() else { return nil }
                value |= Int(byte & 0x7F) << shift
                if byte & 0x80 != 0 {
                    // Source: MQTT 5.0, section 1.5.5: four bytes at most.
                    guard shift < 21 else { throw .malformed(type) }
                    stage = .length(type, flags: flags, value: value, shift: shift + 7)
                } else {
                    guard value <= ReceivingLimits.packetBytes || isLetGo(type) else {
                        throw .tooLarge(type, bytes: value)
                    }
                    stage = .body(type, flags: flags, length: value)
                    left = value
                }
            case .body(let type, let flags, let length):
                let room = length > ReceivingLimits.packetBytes ? Self.kept : length
                let part = bytes.prefix(left)
                bytes = bytes.dropFirst(part.count)
                left -= part.count
                body += part.prefix(room - body.count)
                guard left == 0 else { return nil }
                let frame = Frame(type: type, flags: flags, body: body, length: length)
                stage = .type
                body = []
                return frame
            }
        }
    }

    /// A broker of MQTT 3.1.1 sends large messages in good faith, and would again and again: they
    /// are let go, and acknowledged.
    private func isLetGo(_ type: PacketType) -> Bool { version == .v311 && type == .publish }
}
