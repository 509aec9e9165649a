/// The properties of a received packet of MQTT 5 that change what the gateway does; the others
/// are read over. Source: MQTT 5.0, section 2.2.2.2.
struct PacketProperties: Hashable {
    var serverKeepAlive: UInt16?
    var receiveMaximum: UInt16?
    var maximumQoS: UInt8?
    var maximumPacketSize: UInt32?
    var hasTopicAlias = false
    var keepsRetained = true
    /// The broker's own words, as one line that fits a page.
    var reason: String?

    init() {}

    init(from reader: inout PacketReader, of type: PacketType) throws(ProtocolBreach) {
        while !reader.isAtEnd {
            let identifier = try reader.variableInteger()
            switch identifier {
            case 0x13: serverKeepAlive = try reader.word()
            case 0x21: receiveMaximum = try reader.word()
            case 0x24: maximumQoS = try reader.byte()
            case 0x27: maximumPacketSize = try reader.longWord()
            case 0x1F: reason = Self.line(try reader.text())
            case 0x23:
                _ = try reader.word()
                hasTopicAlias = true
            case 0x25: keepsRetained = try reader.byte() != 0
            case 0x01, 0x17, 0x19, 0x28, 0x29, 0x2A: _ = try reader.byte()
            case 0x22: _ = try reader.word()
            case 0x02, 0x11, 0x18: _ = try reader.longWord()
            case 0x0B: _ = try reader.variableInteger()
            case 0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C: _ = try reader.text()
            case 0x09, 0x16: _ = try reader.binary()
            case 0x26:
                _ = try reader.text()
                _ = try reader.text()
            default: throw .malformed(type)
            }
        }
    }

    private static func line(_ text: String) -> String? {
        let printable = text.unicodeScalars.filter { !$0.properties.isWhitespace || $0 == " " }
            .filter { $0.properties.generalCategory != .control }
        let line = String(String.UnicodeScalarView(printable).prefix(120))
        return line.isEmpty ? nil : line
    }
}
