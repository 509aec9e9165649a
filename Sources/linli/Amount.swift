/// Amounts in words for people: durations, bytes, counts, numbers.
enum Amount {
    /// In the two largest units, for example `2 h 5 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "-" }
        let total = Int64(seconds)
        let units: [(length: Int64, name: String)] = [
            (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"),
        ]
        guard let first = units.firstIndex(where: { total >= $0.length }) else {
            return seconds > 0 ? "\(fixed(seconds, 1)) s" : "0 s"
        }
        let main = "\(total / units[first].length) \(units[first].name)"
        guard first + 1 < units.count else { return main }
        let rest = total % units[first].length / units[first + 1].length
        return rest == 0 ? main : "\(main) \(rest) \(units[first + 1].name)"
    }

    /// With a binary prefix, for example `1.4 GiB`.
    static func bytes(_ count: Int64) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard count >= 1_024 else { return "\(count) B" }
        var value = Double(count) / 1_024
        var unit = 0
        while value >= 1_023.95, unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        return "\(fixed(value, value < 99.95 ? 1 : 0)) \(units[unit])"
    }

    /// With a thin gap between groups of three digits, as ISO 80000-1 has it.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += " " }
            text.append(digit)
        }
        return text
    }

    /// A share of the whole, for example `42 %`.
    static func share(_ part: Double?) -> String {
        part.map { "\(fixed($0 * 100, 0)) %" } ?? "-"
    }

    /// With so many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        let factor = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
        let scaled = (value * factor).rounded()
        guard scaled.magnitude < 1e18 else { return "\(value)" }
        let digits = String(Int64(scaled.magnitude))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = scaled < 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    /// A number and its noun, for example `1 device` or `3 devices`.
    static func of(_ number: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String
    {
        "\(count(number)) \(number == 1 ? noun : plural ?? noun + "s")"
    }
}
