import Documents

extension LightingTime {
    /// The farthest from the sun's moments that a time may lie.
    static let offsetLimit = Duration.seconds(6 * 3_600)

    /// Reads `23:30`, `sunset`, `sunrise+10m`.
    ///
    /// - Parameter isEnd: Whether `24:00` may be meant.
    init?(_ node: DocumentNode, isEnd: Bool, hasLocation: Bool) {
        guard let written = node.text() else { return nil }
        let text = written.replacing(" ", with: "")
        if let minute = Self.minute(text), minute < 1_440 || isEnd {
            self = .clock(minute: minute)
            return
        }
        let word = text.prefix { $0.isLetter }
        guard let moment = SunMoment(rawValue: String(word)) else {
            let words = SunMoment.allCases.map(\.rawValue)
            let help =
                word.isEmpty
                ? "; write 00:00 to \(isEnd ? "24:00" : "23:59")"
                : suggestion(for: String(word), among: words)
            node.fail("\"\(written.prefix(60))\" is not a time of day" + help)
            return nil
        }
        guard let offset = Self.offset(text[word.endIndex...]) else {
            node.fail(
                "expected a time such as \(word), \(word)-10m or \(word)+1h, at most "
                    + "\(Self.offsetLimit.documentText) off, found \"\(written.prefix(60))\"")
            return nil
        }
        guard hasLocation else {
            node.fail("\(word) is not known without the place; give site.location")
            return nil
        }
        self = .sun(moment, offset: offset)
    }

    /// Minutes after midnight of a text such as `05:30`.
    private static func minute(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].count), parts[1].count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60
        else { return nil }
        let total = hour * 60 + minute
        return total <= 1_440 ? total : nil
    }

    private static func offset(_ text: Substring) -> Duration? {
        guard let sign = text.first else { return .zero }
        guard sign == "+" || sign == "-",
            let length = Duration(documentText: String(text.dropFirst())), length <= offsetLimit
        else { return nil }
        return sign == "+" ? length : .zero - length
    }
}

extension LightingWindow {
    /// Reads the keys `from` and `to` of an entry.
    init?(from: DocumentNode, to: DocumentNode, hasLocation: Bool) {
        let start = LightingTime(from, isEnd: false, hasLocation: hasLocation)
        let end = LightingTime(to, isEnd: true, hasLocation: hasLocation)
        guard let start, let end else { return nil }
        self.init(from: start, to: end)
        switch (start, end) {
        case (.clock(let first), .clock(let last)) where first == last:
            to.fail("is when the window begins; leave from and to out for the whole day")
            return nil
        case (.sun(let first, let early), .sun(let last, let late))
        where first == last && late <= early:
            to.fail("is not after the beginning, so the window is empty")
            return nil
        default: break
        }
    }
}
