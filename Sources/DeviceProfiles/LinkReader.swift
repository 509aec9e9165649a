import Documents
import Modbus

/// Reads the sections `link` and `limits` of a profile.
enum LinkReader {
    static func link(_ node: DocumentNode) -> LinkDefaults {
        guard let fields = node.fields(["baudRate", "parity", "stopBits", "unit", "port"]) else {
            return LinkDefaults()
        }
        return LinkDefaults(
            baudRate: fields.optional("baudRate").flatMap(baudRate),
            parity: fields.optional("parity")?.choice(
                among: [("none", .none), ("even", .even), ("odd", .odd)]),
            stopBits: fields.optional("stopBits")?.integer(in: 1...2),
            unit: fields.optional("unit")?.integer(in: 0...255).map { UnitIdentifier(UInt8($0)) },
            port: fields.optional("port")?.integer(in: 1...65_535).map { UInt16($0) })
    }

    private static func baudRate(_ node: DocumentNode) -> Int? {
        let rates = SerialSettings.baudRates
        guard let rate = node.integer(in: 1...4_000_000) else { return nil }
        if rates.contains(rate) { return rate }
        let names = rates.map { String($0) }.joined(separator: ", ")
        node.fail("\(rate) is no speed of a serial line; known are \(names)")
        return nil
    }

    static func limits(_ node: DocumentNode) -> ProfileLimits {
        var limits = ProfileLimits()
        let keys = [
            "maximumRegistersPerRead", "maximumBitsPerRead", "gapLimit", "bitGapLimit",
            "requestGap", "writeGap", "responseTimeout", "lateAnswerLimit",
        ]
        guard let fields = node.fields(keys) else { return limits }
        func count(_ key: String, in range: ClosedRange<Int>, _ store: (UInt16) -> Void) {
            if let number = fields.optional(key)?.integer(in: range) { store(UInt16(number)) }
        }
        count("maximumRegistersPerRead", in: 1...125) { limits.maximumRegistersPerRead = $0 }
        count("maximumBitsPerRead", in: 1...2_000) { limits.maximumBitsPerRead = $0 }
        count("gapLimit", in: 0...124) { limits.gapLimit = $0 }
        count("bitGapLimit", in: 0...1_999) { limits.bitGapLimit = $0 }
        if let gap = fields.optional("requestGap")?.duration(in: .zero ... .seconds(10)) {
            limits.requestGap = gap
        }
        if let gap = fields.optional("writeGap")?.duration(in: .zero ... .seconds(60)) {
            limits.writeGap = gap
        }
        let wait: ClosedRange<Duration> = .milliseconds(1) ... .seconds(60)
        limits.responseTimeout = fields.optional("responseTimeout")?.duration(in: wait)
        limits.lateAnswerLimit = fields.optional("lateAnswerLimit")?.duration(in: wait)
        return limits
    }
}
