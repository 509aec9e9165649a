/// Reads the fields of one packet, each bounded by its end.
struct PacketReader {
    private var bytes: ArraySlice<UInt8>
    private let type: PacketType

    init(_ bytes: ArraySlice<UInt8>, of type: PacketType) {
        self.bytes = bytes
        self.type = type
    }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func byte() throws(ProtocolBreach) -> UInt8 {
        guard let byte = bytes.popFirst() else { throw .malformed(type) }
        return byte
    }

    mutating func word() throws(ProtocolBreach) -> UInt16 {
        let high = try byte()
        return UInt16(high) << 8 | UInt16(try byte())
    }

    mutating func longWord() throws(ProtocolBreach) -> UInt32 {
        let high = try word()
        return UInt32(high) << 16 | UInt32(try word())
    }

    /// A packet identifier, which is never 0.
    mutating func identifier() throws(ProtocolBreach) -> UInt16 {
        let identifier = try word()
        guard identifier != 0 else { throw .malformed(type) }
        return identifier
    }

    mutating func variableInteger() throws(ProtocolBreach) -> Int {
        var value = 0
        for shift in stride(from: 0, through: 21, by: 7) {
            let byte = try byte()
            value |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed(type)
    }

    mutating func bytes(_ count: Int) throws(ProtocolBreach) -> ArraySlice<UInt8> {
        guard count <= bytes.count else { throw .malformed(type) }
        let part = bytes.prefix(count)
        bytes = bytes.dropFirst(count)
        return part
    }

    mutating func binary() throws(ProtocolBreach) -> ArraySlice<UInt8> {
        try bytes(Int(try word()))
    }

    mutating func text() throws(ProtocolBreach) -> String {
        guard let text = String(validating: try binary(), as: UTF8.self) else {
            throw .malformed(type)
        }
        return text
    }

    mutating func rest() -> ArraySlice<UInt8> {
        defer { bytes = [] }
        return bytes
    }

    /// The properties of a packet of MQTT 5, with a reader of their own.
    mutating func properties() throws(ProtocolBreach) -> PacketProperties {
        let length = try variableInteger()
        var inside = PacketReader(try bytes(length), of: type)
        return try PacketProperties(from: &inside, of: type)
    }
}
