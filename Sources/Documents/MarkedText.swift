/// The text of a document in which duplicate keys are told apart by one private-use character
/// before the earlier of them.
///
/// Marks in the changed text lead back to places in the original.
struct MarkedText {
    private(set) var content: String
    private var insertions: [Insertion] = []

    private struct Insertion {
        let line: Int
        /// In the text as it was just before this insertion.
        let column: Int
        let scalar: Unicode.Scalar
    }

    /// The most duplicates told apart: each costs reading the text once more.
    private var insertionLimit: Int {
        max(3, min(64, (1 << 20) / max(1, content.utf8.count)))
    }

    init(_ content: String) {
        self.content = content
    }

    /// Puts a character before a key that is given twice.
    ///
    /// - Returns: Whether there was room and a free character.
    mutating func tellApart(keyAt mark: TextPlace) -> Bool {
        guard insertions.count < insertionLimit, var place = index(of: mark) else {
            return false
        }
        var column = mark.column
        if content.unicodeScalars[place] == "\"" || content.unicodeScalars[place] == "'" {
            place = content.unicodeScalars.index(after: place)
            column += 1
        }
        let used = Set(content.unicodeScalars.lazy.filter { Self.privateUse.contains($0.value) })
        let free = Self.privateUse.lazy.compactMap(Unicode.Scalar.init).first {
            !used.contains($0)
        }
        guard let free else { return false }
        content.unicodeScalars.insert(free, at: place)
        insertions.append(Insertion(line: mark.line, column: column, scalar: free))
        return true
    }

    /// Where a mark in the changed text lies in the original.
    func original(_ mark: TextPlace) -> TextPlace {
        var column = mark.column
        for insertion in insertions.reversed()
        where insertion.line == mark.line && insertion.column < column {
            column -= 1
        }
        return TextPlace(line: mark.line, column: column)
    }

    /// The text of a key as the original has it.
    func original(key: String) -> String {
        guard let first = key.unicodeScalars.first,
            insertions.contains(where: { $0.scalar == first })
        else { return key }
        return String(key.unicodeScalars.dropFirst())
    }

    /// Whether a tab stands in the indentation of a line.
    func isIndentedByTab(line: Int) -> Bool {
        guard let start = index(of: TextPlace(line: line, column: 1)) else { return false }
        return content.unicodeScalars[start...]
            .prefix { $0 == " " || $0 == "\t" }
            .contains("\t")
    }

    /// The first character that YAML forbids.
    func firstControlCharacter() -> TextPlace? {
        var place = TextPlace()
        for scalar in content.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            if isControl, !["\t", "\n", "\r", "\u{85}"].contains(scalar) {
                return place
            }
            if ["\u{FFFE}", "\u{FFFF}"].contains(scalar) { return place }
            place.pass(scalar)
        }
        return nil
    }

    private func index(of mark: TextPlace) -> String.Index? {
        var place = TextPlace()
        for index in content.unicodeScalars.indices {
            if place.line == mark.line, place.column == mark.column { return index }
            place.pass(content.unicodeScalars[index])
        }
        return nil
    }

    private static let privateUse: ClosedRange<UInt32> = 0xE000...0xF8FF
}

/// A line and column, counted from 1 as YAML counts them.
struct TextPlace: Hashable {
    private(set) var line: Int
    private(set) var column: Int
    private var afterCarriageReturn = false

    init(line: Int = 1, column: Int = 1) {
        self.line = line
        self.column = column
    }

    /// Moves behind one character.
    mutating func pass(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\n" where afterCarriageReturn:
            break
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
            line += 1
            column = 1
        default:
            column += 1
        }
        afterCarriageReturn = scalar == "\r"
    }
}
