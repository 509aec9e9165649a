package import Metering

extension DocumentNode {
    /// The text of a scalar, quoted or not. Empty text is a fault.
    package func text() -> String? {
        guard case .scalar(let text, _) = content else {
            fail(expected: "a text")
            return nil
        }
        guard !text.isEmpty else {
            fail("must not be empty")
            return nil
        }
        return text
    }

    /// A whole number, written in decimal or as `0x` hexadecimal, without quotes.
    package func integer(in range: ClosedRange<Int>) -> Int? {
        guard let text = plainText(expected: "a whole number") else { return nil }
        guard let number = Self.integer(text) else {
            fail(expected: "a whole number", advice: ScalarAdvice.number(text))
            return nil
        }
        guard range.contains(number) else {
            fail("must lie in \(range.lowerBound)...\(range.upperBound), found \(number)")
            return nil
        }
        return number
    }

    /// `true` or `false`, without quotes.
    package func boolean() -> Bool? {
        guard let text = plainText(expected: "true or false") else { return nil }
        guard let value = Bool(text) else {
            let meant = ScalarAdvice.agreement(text, among: ["true", "false"])
            fail(expected: "true or false", advice: meant.map { "; write \($0)" } ?? "")
            return nil
        }
        return value
    }

    /// An exact decimal number such as `0.1`, `-40` or `1e-3`, without quotes.
    package func decimal() -> ScaledInteger? {
        guard let text = plainText(expected: "a number") else { return nil }
        if let number = ScaledInteger(text) { return number }
        fail(expected: "a number", advice: ScalarAdvice.number(text))
        return nil
    }

    /// An exact decimal number within bounds.
    package func decimal(in range: ClosedRange<ScaledInteger>) -> ScaledInteger? {
        guard let number = decimal() else { return nil }
        guard range.contains(number) else {
            fail("must lie in \(range.lowerBound)...\(range.upperBound), found \(number)")
            return nil
        }
        return number
    }

    /// A length of time such as `250ms`, `10s`, `15m`, `1h` or `90d`.
    ///
    /// - Parameter range: The lengths that are allowed.
    package func duration(in range: ClosedRange<Duration>) -> Duration? {
        let expected = "a time such as 250ms, 10s, 15m, 1h or 90d"
        guard case .scalar(let text, _) = content else {
            fail(expected: expected)
            return nil
        }
        guard let duration = Duration(documentText: text) else {
            fail(expected: expected, advice: ScalarAdvice.duration(text))
            return nil
        }
        guard range.contains(duration) else {
            let (least, most) = (range.lowerBound.documentText, range.upperBound.documentText)
            fail("must lie in \(least)...\(most), found \(text.shortened)")
            return nil
        }
        return duration
    }

    /// A number of bytes such as `512KiB`, `64MiB` or `2GiB`.
    package func byteCount(in range: ClosedRange<Int>) -> Int? {
        let expected = "a size such as 512KiB, 64MiB or 2GiB"
        guard case .scalar(let text, _) = content, let bytes = ByteCountText.bytes(text) else {
            if case .scalar(let text, _) = content {
                fail(expected: expected, advice: ScalarAdvice.byteCount(text))
            } else {
                fail(expected: expected)
            }
            return nil
        }
        guard range.contains(bytes) else {
            let (least, most) = (range.lowerBound, range.upperBound)
            fail(
                "must lie in \(ByteCountText.text(least))...\(ByteCountText.text(most)), found "
                    + text.shortened)
            return nil
        }
        return bytes
    }

    /// One of the cases of an enumeration, by its raw value.
    package func choice<Choice>(of type: Choice.Type = Choice.self) -> Choice?
    where Choice: CaseIterable & RawRepresentable<String> {
        choice(among: Choice.allCases.map { ($0.rawValue, $0) })
    }

    /// One of some words, each with what it stands for.
    package func choice<Choice>(among choices: [(word: String, value: Choice)]) -> Choice? {
        let words = choices.map(\.word)
        guard case .scalar(let text, _) = content else {
            fail(expected: "one of \(words.joined(separator: ", "))")
            return nil
        }
        if let match = choices.first(where: { $0.word == text }) { return match.value }
        let meant = ScalarAdvice.agreement(text, among: words).map { "; write \($0)" }
        fail("unknown word \"\(text.shortened)\"" + (meant ?? suggestion(for: text, among: words)))
        return nil
    }

    /// The text of a scalar without quotes.
    private func plainText(expected: String) -> String? {
        switch content {
        case .scalar(let text, isQuoted: false): return text
        case .scalar(_, isQuoted: true): fail(expected: "\(expected) without quotes")
        default: fail(expected: expected)
        }
        return nil
    }

    /// - Returns: `nil` for anything but decimal digits with a sign, or hexadecimal after `0x`.
    static func integer(_ text: String) -> Int? {
        if text.hasPrefix("0x") {
            let digits = text.dropFirst(2)
            return digits.first?.isHexDigit == true ? Int(digits, radix: 16) : nil
        }
        // A leading zero means octal to some readers of YAML and decimal to others.
        let digits = text.drop { $0 == "-" || $0 == "+" }
        if digits.count > 1, digits.first == "0" { return nil }
        return Int(text)
    }
}
