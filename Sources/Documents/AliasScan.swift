/// Looks for aliases in a text without parsing it, so that a bomb of them is never built.
///
/// An alias needs an anchor of its name before it. Only where both words occur, each at a place
/// where a value may begin, is the text taken to hold an alias; a lone `*` or `&` in prose is
/// left alone.
enum AliasScan {
    struct Alias: Hashable {
        let name: String
        let line: Int
        let column: Int
    }

    static func firstAlias(in text: String) -> Alias? {
        var anchors: Set<String> = []
        var place = TextPlace()
        var previous: Unicode.Scalar = " "
        var index = text.unicodeScalars.startIndex
        while index < text.unicodeScalars.endIndex {
            let scalar = text.unicodeScalars[index]
            if (scalar == "&" || scalar == "*") && mayPrecedeValue(previous) {
                let next = text.unicodeScalars.index(after: index)
                let name = String(text.unicodeScalars[next...].prefix(while: isNameCharacter))
                if scalar == "&" {
                    anchors.insert(name)
                } else if anchors.contains(name), !name.isEmpty {
                    return Alias(name: name, line: place.line, column: place.column)
                }
            }
            place.pass(scalar)
            previous = scalar
            index = text.unicodeScalars.index(after: index)
        }
        return nil
    }

    private static func mayPrecedeValue(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}": true
        // Flow punctuation, and `:` or a closing quote in flow where no blank is needed.
        case "[", "]", "{", "}", ",", ":", "?", "\"", "'": true
        default: false
        }
    }

    private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }
}
