/// Rows of text in aligned columns.
///
///     var table = TextTable([.text("DEVICE"), .number("UNIT")])
///     table.add(["b1-u101-elec", "11"])
///     print(table.text(on: page))
struct TextTable {
    private let columns: [Column]
    private var rows: [[Cell]] = []

    /// One column: its title, and to which side its cells stand.
    struct Column {
        let title: String
        let isNumber: Bool

        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    /// One cell, with nothing in it that a terminal would obey.
    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        let colour: Page.Colour?

        init(_ text: String, _ colour: Page.Colour? = nil) {
            self.text = text.printable
            self.colour = colour
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// - Precondition: There is a cell for each column.
    mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row has a cell for each column")
        rows.append(row)
    }

    /// The lines, each ended. Nothing is left out: the last column goes on in further lines where
    /// it does not fit the page.
    func text(on page: Page) -> String {
        let header = columns.map { Cell($0.title, .faint) }
        let widths = columns.indices.map { column in
            ([header] + rows).map { $0[column].text.columns }.max() ?? 0
        }
        return ([header] + rows).map { line($0, widths: widths, on: page) }.joined()
    }

    private func line(_ row: [Cell], widths: [Int], on page: Page) -> String {
        var line = ""
        for (column, cell) in row.enumerated().dropLast() {
            let space = String(repeating: " ", count: widths[column] - cell.text.columns)
            let painted = page.paint(cell.text, cell.colour)
            line += (columns[column].isNumber ? space + painted : painted + space) + "  "
        }
        guard let last = row.last, let column = columns.last else { return "\n" }
        let used = widths.dropLast().reduce(0) { $0 + $1 + 2 }
        let width = widths[widths.count - 1]
        if column.isNumber {
            let space = String(repeating: " ", count: width - last.text.columns)
            return line + space + page.paint(last.text, last.colour) + "\n"
        }
        let room = page.width - used
        guard page.isWrapped, last.text.columns > room, !last.text.isEmpty else {
            return (line + page.paint(last.text, last.colour)).withoutEnd + "\n"
        }
        // Beside the other columns where there is room for words, or else below them.
        let isBeside = room >= Self.leastRoom
        let indent = isBeside ? used : Self.indent
        let pieces = page.lines(of: last.text, after: indent)
        let below = pieces.dropFirst(isBeside ? 1 : 0).map {
            String(repeating: " ", count: indent) + page.paint($0, last.colour) + "\n"
        }
        let first = isBeside ? page.paint(pieces[0], last.colour) : ""
        return (line + first).withoutEnd + "\n" + below.joined()
    }

    private static let leastRoom = 24
    private static let indent = 4
}

extension String {
    fileprivate var withoutEnd: String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
