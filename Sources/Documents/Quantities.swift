extension Duration {
    /// Reads `250ms`, `10s`, `15m`, `1h`, `90d`: a whole number and a unit.
    ///
    /// - Returns: `nil` where the text is anything else or is longer than 10 000 days.
    package init?(documentText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = Self.documentUnits.first(where: { $0.name == text[digits.endIndex...] }),
            let count = Int64(digits), count <= 864_000_000_000 / unit.milliseconds
        else { return nil }
        self = .milliseconds(count * unit.milliseconds)
    }

    /// This duration as a document writes it, for example `15m`; milliseconds at the finest.
    package var documentText: String {
        let (seconds, attoseconds) = components
        let total = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        let unit = Self.documentUnits.last { total % $0.milliseconds == 0 && total != 0 }
        guard let unit else { return "\(total)ms" }
        return "\(total / unit.milliseconds)\(unit.name)"
    }

    private static var documentUnits: [(name: String, milliseconds: Int64)] {
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
    }
}

/// How documents write numbers of bytes.
enum ByteCountText {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
        ("B", 1),
    ]

    /// - Returns: `nil` where the text is not a whole number and a unit.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units.first(where: { $0.name == text[digits.endIndex...] }),
            let count = Int(digits)
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    static func text(_ bytes: Int) -> String {
        let unit = units.prefix(4).first { bytes % $0.bytes == 0 && bytes != 0 }
        guard let unit else { return "\(bytes)B" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
