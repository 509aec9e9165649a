/// A character that stands where another is meant.
struct Misprint: Hashable {
    enum Kind: CaseIterable {
        case colon, comma, bracket, quote, space, comment, dash, semicolon, missingSpace, equals
    }

    let kind: Kind
    let line: Int
    let column: Int
    let reason: String
    /// What stands there in a document as it was meant, in place of the one character.
    let mend: String
    /// Whether it can only be a mistake; else it is one where its line has a fault.
    let isCertain: Bool

    /// The text as it was meant, on the same lines.
    static func mended(_ text: String, _ misprints: [Misprint]) -> String {
        let places = Dictionary(grouping: misprints, by: \.line)
        var line = 1
        var column = 1
        var mended = String.UnicodeScalarView()
        for character in text {
            if character.isNewline {
                mended.append(contentsOf: character.unicodeScalars)
                (line, column) = (line + 1, 1)
                continue
            }
            for scalar in character.unicodeScalars {
                if let misprint = places[line]?.first(where: { $0.column == column }) {
                    mended.append(contentsOf: misprint.mend.unicodeScalars)
                } else {
                    mended.append(scalar)
                }
                column += 1
            }
        }
        return String(mended)
    }
}

extension [Misprint] {
    /// Each reason once a line.
    var uniqued: [Misprint] {
        var told: Set<String> = []
        return filter { told.insert("\($0.line) \($0.reason)").inserted }
    }

    var firstOfEachLine: [Misprint] {
        var told: Set<Int> = []
        return filter { told.insert($0.line).inserted }
    }
}
