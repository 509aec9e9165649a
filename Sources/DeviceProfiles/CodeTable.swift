import Documents
import Metering

/// Reads mappings from codes: `enum`, `bits` and `factors`.
enum CodeTable {
    /// `{0: off, 1: on}`: what the codes of a state mean.
    static func labels(_ node: DocumentNode) -> [Int64: String] {
        codes(node) { $0.text() }
    }

    /// `{2: battery low}`: what the bits of a status word mean.
    static func flags(_ node: DocumentNode, width: Int) -> [Int: String] {
        let flags: [Int64: String] = codes(node, in: 0...Int64(width - 1)) { $0.text() }
        return Dictionary(uniqueKeysWithValues: flags.map { (Int($0.key), $0.value) })
    }

    /// `{0: 1, 1: 1000}`: what a unit is worth.
    static func factors(_ node: DocumentNode) -> [Int64: ScaledInteger] {
        codes(node) { value in
            guard let factor = value.decimal() else { return nil }
            if factor.mantissa == 0 { value.fail("must not be 0") }
            return factor
        }
    }

    private static func codes<Value>(
        _ node: DocumentNode, in range: ClosedRange<Int64> = .min ... .max,
        _ value: (DocumentNode) -> Value?
    ) -> [Int64: Value] {
        guard let entries = node.entries() else { return [:] }
        if entries.isEmpty { node.fail("must not be empty") }
        var table: [Int64: Value] = [:]
        for entry in entries {
            guard let code = code(entry.name) else {
                entry.key.fail("expected a whole number, found \"\(entry.name)\"")
                continue
            }
            guard range.contains(code) else {
                entry.key.fail("must lie in \(range.lowerBound)...\(range.upperBound)")
                continue
            }
            guard let value = value(entry.value) else { continue }
            if table.updateValue(value, forKey: code) != nil {
                entry.key.fail("the code \(code) is given twice")
            }
        }
        return table
    }

    private static func code(_ text: String) -> Int64? {
        text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)
    }
}
