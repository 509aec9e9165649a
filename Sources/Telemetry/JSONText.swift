import Metering

/// JSON written by hand: messages are long lists of numbers, which no general encoder writes well.
enum JSONText {
    /// A JSON string. Source: RFC 8259, section 7.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    static func array(_ elements: some Sequence<String>) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    static func object(_ members: some Sequence<(String, String)>) -> String {
        "{" + members.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
    }

    /// An object of texts, in the order of its names.
    static func object(_ texts: [String: String]) -> String {
        object(texts.sorted { $0.key < $1.key }.map { ($0.key, quoted($0.value)) })
    }

    static func value(_ value: MeasuredValue) -> String {
        switch value {
        case .number(let number): number.description
        case .text(let text): quoted(text)
        }
    }
}
