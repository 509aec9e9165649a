/// What a scalar was likely meant to be, where it is not what is expected.
enum ScalarAdvice {
    /// The same in half-width characters; `nil` where it is so already.
    static func halfWidth(_ text: String) -> String? {
        var isChanged = false
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.value {
            case 0xFF01...0xFF5E:
                isChanged = true
                return Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
            case 0x3000:
                isChanged = true
                return " "
            case 0x2212, 0x2013, 0x2014:
                isChanged = true
                return "-"
            default: return scalar
            }
        }
        return isChanged ? String(String.UnicodeScalarView(scalars)) : nil
    }

    /// The end of a fault of a number, such as `; leave out the leading zero: 11`.
    static func number(_ text: String) -> String {
        if let plain = halfWidth(text) {
            return "; it is written in full-width characters, write \(plain)"
        }
        let digits = text.drop { $0 == "-" || $0 == "+" }
        if digits.count > 1, digits.first == "0", digits.allSatisfy(\.isASCIIDigit) {
            let rest = digits.drop { $0 == "0" }
            return "; leave out the leading zero: \(rest.isEmpty ? "0" : String(rest))"
        }
        if text.contains(","), text.allSatisfy({ $0.isASCIIDigit || ",.-+".contains($0) }) {
            return text.filter { $0 == "," }.count == 1 && !text.contains(".")
                ? "; decimals stand behind a point: \(text.replacing(",", with: "."))"
                : "; write the digits without commas"
        }
        if digits.count > 1, digits.first == "0", digits.allSatisfy(\.isHexDigit) {
            return "; hexadecimal begins with 0x: 0x\(digits)"
        }
        let plain = text.filter { $0 != " " && $0 != "_" }
        if plain.count < text.count, plain.allSatisfy({ $0.isASCIIDigit || ".-".contains($0) }) {
            return "; write it without gaps: \(plain)"
        }
        let number = text.prefix { $0.isASCIIDigit || $0 == "." || $0 == "-" }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        // A digit and an x or an e are the beginning of another notation, not of a unit.
        let isUnit =
            !unit.isEmpty && unit.allSatisfy { $0.isLetter || "%°Ω".contains($0) }
            && !["x", "e", "b", "o"].contains(unit.lowercased())
        if isUnit, number.contains(where: \.isASCIIDigit) {
            return "; write the number alone: \(number)"
        }
        return ""
    }

    /// The end of a fault of a length of time, such as `; write 60s`.
    static func duration(_ text: String) -> String {
        let plain = (halfWidth(text) ?? text).lowercased().filter { $0 != " " }
        let number = plain.prefix { $0.isASCIIDigit || $0 == "." }
        let unit = String(plain.dropFirst(number.count))
        guard !number.isEmpty else { return "" }
        if unit.isEmpty { return "; a unit is missing: \(number)s are seconds, \(number)m minutes" }
        guard let (name, factor) = units[unit] else { return "" }
        if !number.contains(".") { return "; write \(number)\(name)" }
        guard let value = Double(number), factor > 0 else { return "" }
        let milliseconds = (value * Double(factor)).rounded()
        guard milliseconds < 1e12 else { return "" }
        return "; write \(Duration.milliseconds(Int64(milliseconds)).documentText)"
    }

    private static let units: [String: (name: String, milliseconds: Int)] = {
        let words: [(String, Int, String)] = [
            ("ms", 1, "ms msec millisecond milliseconds 毫秒"),
            ("s", 1_000, "s sec secs second seconds 秒 秒钟"),
            ("m", 60_000, "m min mins minute minutes 分 分钟"),
            ("h", 3_600_000, "h hr hrs hour hours 时 小时"),
            ("d", 86_400_000, "d day days 天 日"),
        ]
        var units: [String: (name: String, milliseconds: Int)] = [:]
        for (name, milliseconds, all) in words {
            for word in all.split(separator: " ") { units[String(word)] = (name, milliseconds) }
        }
        return units
    }()

    /// The end of a fault of a size, such as `; write 2GiB`.
    static func byteCount(_ text: String) -> String {
        let plain = (halfWidth(text) ?? text).lowercased().filter { $0 != " " }
        let number = plain.prefix(while: \.isASCIIDigit)
        let unit = String(plain.dropFirst(number.count))
        guard !number.isEmpty else { return "" }
        let names = ["k": "KiB", "m": "MiB", "g": "GiB", "t": "TiB"]
        if unit.isEmpty { return "; a unit is missing: \(number)MiB, \(number)GiB" }
        // 1GB2 or 1KiBs may be anything.
        let known = names.keys.flatMap { [$0, $0 + "b", $0 + "ib"] }
        guard known.contains(unit), let name = names[String(unit.prefix(1))] else { return "" }
        return "; write \(number)\(name)"
    }

    private static let yes: Set = [
        "yes", "y", "true", "on", "1", "enable", "enabled", "是", "开", "开启",
    ]
    private static let no: Set = [
        "no", "n", "false", "off", "0", "disable", "disabled", "否", "关", "关闭",
    ]

    /// Whether a word says yes or no, which no other word that is like it does.
    static func isAgreement(_ text: String) -> Bool {
        yes.contains(text.lowercased()) || no.contains(text.lowercased())
    }

    /// The word of two opposites that a person means by another word for yes or no.
    static func agreement(_ text: String, among words: [String]) -> String? {
        let plain = (halfWidth(text) ?? text).lowercased()
        if yes.contains(plain) { return words.first { ["true", "on", "active"].contains($0) } }
        if no.contains(plain) {
            return words.first { ["false", "off", "inactive", "none"].contains($0) }
        }
        return nil
    }

    /// Whether one of the words denies the other: never to be offered in its place.
    static func areOpposite(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.lowercased(), right.lowercased())
        guard left != right else { return false }
        let isPair = pairs.contains { one, other in
            left.replacing(one, with: other) == right || right.replacing(one, with: other) == left
        }
        if isPair { return true }
        return ["in", "un", "non", "non-", "not-", "dis", "no-"].contains {
            $0 + left == right || $0 + right == left
        }
    }

    private static let pairs = [
        ("on", "off"), ("on", "no"), ("open", "closed"), ("open", "close"), ("even", "odd"),
        ("active", "inactive"), ("active", "reactive"), ("true", "false"), ("none", "one"),
        ("above", "below"), ("min", "max"), ("import", "export"), ("up", "down"),
        ("sunrise", "sunset"), ("rising", "falling"), ("start", "stop"), ("first", "last"),
        ("supply", "return"), ("input", "output"), ("low", "high"),
    ]
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
