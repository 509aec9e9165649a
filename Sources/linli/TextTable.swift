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

    /// The lines, each ended. The last column is cut where a line would not fit the page.
    func text(on page: Page) -> String {
        let header = columns.map { Cell($0.title, .faint) }
        let widths = columns.indices.map { column in
            ([header] + rows).map { $0[column].text.columns }.max() ?? 0
        }
        return ([header] + rows).map { line($0, widths: widths, on: page) }.joined()
    }

    private func line(_ row: [Cell], widths: [Int], on page: Page) -> String {
        var line = ""
        var used = 0
        for (column, cell) in row.enumerated() {
            let isLast = column == row.count - 1
            let room = max(8, page.width - used)
            let text = isLast ? cell.text.truncated(to: room, isUnicode: page.isUnicode) : cell.text
            let space = String(repeating: " ", count: max(0, widths[column] - text.columns))
            let painted = page.paint(text, cell.colour)
            if columns[column].isNumber {
                line += space + painted
            } else {
                line += isLast ? painted : painted + space
            }
            if !isLast { line += "  " }
            used += widths[column] + 2
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line + "\n"
    }
}
