/// What may be wrong with a line at which a parser of YAML gave up, in words for an installer.
struct LineAdvice {
    /// A place, and what is wrong there.
    typealias Explanation = (line: Int, column: Int, reason: String)

    private let lines: [[Unicode.Scalar]]

    init(_ text: String) {
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { Array($0.unicodeScalars) }
    }

    /// What made the parser give up: the cause where it can be told, else where it noticed it.
    func explanation(of complaint: ParserComplaint) -> Explanation {
        let line = complaint.place.line
        if let open = OpenQuote.before(
            line: complaint.isEndOfText ? .max : line, in: lines)
        {
            return (
                open.line, open.column, "the quote (\(open.mark)) that begins here is not closed"
            )
        }
        let isInText = line <= lines.count
        if isInText, let address = bareAddress(line) { return address }
        if let bracket = openBracket(complaint) ?? surplusBracket(complaint) { return bracket }
        if isInText {
            let advice =
                secondColon(line) ?? trailingText(line) ?? badStart(line) ?? indent(line)
            if let advice { return advice }
        }
        // A line without a colon is noticed at the next.
        if complaint.problem == "could not find expected ':'", let begun = complaint.context {
            return (begun.place.line, begun.place.column, complaint.words)
        }
        return (line, complaint.place.column, complaint.words)
    }

    private func content(_ line: Int) -> [Unicode.Scalar] {
        Array(lines[line - 1].drop { $0 == " " })
    }

    private func width(_ line: Int) -> Int { lines[line - 1].prefix { $0 == " " }.count }

    private func isText(_ line: Int) -> Bool {
        content(line).first.map { $0 != "#" } ?? false
    }

    /// `[a, b` with nothing behind it, or `{a: 1 b: 2}`.
    private func openBracket(_ complaint: ParserComplaint) -> Explanation? {
        guard let (text, begun) = complaint.context, text.contains("flow"),
            complaint.problem.hasPrefix("did not find expected ','")
        else { return nil }
        let marks: (Character, Character) = text.contains("sequence") ? ("[", "]") : ("{", "}")
        let line = complaint.place.line
        // Behind the end, or on a line that begins where the one of the bracket does.
        let isNeverClosed =
            line > lines.count || !lines[(line - 1)...].contains { $0.contains { $0 != " " } }
            || (line > begun.line && width(line) <= width(begun.line))
        if isNeverClosed {
            return (begun.line, begun.column, "the \(marks.0) that begins here is not closed")
        }
        return (
            line, complaint.place.column,
            "a comma is missing before this, or the \(marks.1) that ends the \(marks.0) of line "
                + "\(begun.line)"
        )
    }

    /// `{a: 1}}`.
    private func surplusBracket(_ complaint: ParserComplaint) -> Explanation? {
        let place = complaint.place
        guard place.line <= lines.count, lines[place.line - 1].indices.contains(place.column - 1)
        else { return nil }
        let mark = lines[place.line - 1][place.column - 1]
        guard mark == "}" || mark == "]" else { return nil }
        return (place.line, place.column, "there is one \(mark) too many, or none that opens it")
    }

    /// `tcp: [fd00::1]:502`.
    private func bareAddress(_ line: Int) -> Explanation? {
        let text = content(line)
        for index in text.indices.dropLast(2)
        where text[index] == "]" && text[index + 1] == ":" && ("0"..."9").contains(text[index + 2])
        {
            guard let start = text[..<index].lastIndex(of: "["),
                text[..<start].last(where: { $0 != " " }) == ":"
            else { continue }
            return (line, width(line) + start + 1, "an address with brackets needs quotes")
        }
        return nil
    }

    /// `name: A: B`.
    private func secondColon(_ line: Int) -> Explanation? {
        let text = String(String.UnicodeScalarView(content(line)))
        guard !text.contains("{"), !text.contains("["), !text.contains("\""), !text.contains("'"),
            let first = text.firstRange(of: ": ")
        else { return nil }
        guard text[first.upperBound...].contains(": ") else { return nil }
        let before = text.unicodeScalars[..<first.upperBound].count
        return (
            line, width(line) + before + 1, "a value with a colon and a space in it needs quotes"
        )
    }

    /// `{a: 1} more`.
    private func trailingText(_ line: Int) -> Explanation? {
        let text = content(line)
        guard let end = text.lastIndex(where: { $0 == "}" || $0 == "]" || $0 == "\"" }) else {
            return nil
        }
        let rest = text[(end + 1)...].drop { $0 == " " }
        guard let next = rest.first, next != "#", next != ",", next != ":", next != "}",
            text.first != "#"
        else { return nil }
        return (
            line, width(line) + rest.startIndex + 1,
            "there is text behind the closing \(text[end]); a comment begins with #"
        )
    }

    /// `name: @home`.
    private func badStart(_ line: Int) -> Explanation? {
        let text = content(line)
        for (index, scalar) in text.enumerated() where "@`%".unicodeScalars.contains(scalar) {
            let before = text[..<index].last { $0 != " " }
            if before == nil || before == ":" || before == "," || before == "-" {
                return (
                    line, width(line) + index + 1,
                    "a value that begins with \(scalar) needs quotes"
                )
            }
        }
        return nil
    }

    /// A line that begins at a column where none may.
    private func indent(_ line: Int) -> Explanation? {
        guard isText(line) else { return nil }
        let own = width(line)
        var open: [Int] = []
        var last: Int?
        for other in 1..<line where isText(other) {
            let width = width(other)
            open.removeAll { $0 >= width }
            open.append(width)
            last = other
        }
        guard let last else { return nil }
        if own > width(last), hasValue(last) {
            return (
                line, own + 1,
                "is indented deeper than line \(last), which has its value already; begin both "
                    + "in the same column"
            )
        }
        guard own < width(last), !open.contains(own) else { return nil }
        let columns = open.map(String.init).joined(separator: ", ")
        return (
            line, own + 1,
            "is indented by \(own) \(own == 1 ? "space" : "spaces"), where lines begin after \(columns); lines of one "
                + "mapping begin in the same column"
        )
    }

    /// Whether something stands behind the colon of a line.
    private func hasValue(_ line: Int) -> Bool {
        let text = String(String.UnicodeScalarView(content(line)))
        guard let colon = text.firstRange(of: ": ") else { return false }
        let value = text[colon.upperBound...].drop { $0 == " " }
        return !value.isEmpty && !value.hasPrefix("#") && !value.hasPrefix("|")
            && !value.hasPrefix(">")
    }
}
