/// Rows of text in aligned columns.
struct TextTable {
    private let header: [String]
    private var rows: [[String]] = []
    /// Whether a column holds numbers, which stand to the right.
    private let isNumber: [Bool]

    /// - Parameter columns: Titles; one that begins with `#` is of numbers.
    init(_ columns: [String]) {
        header = columns.map { $0.hasPrefix("#") ? String($0.dropFirst()) : $0 }
        isNumber = columns.map { $0.hasPrefix("#") }
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    var text: String {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return isNumber[column] ? space + text : text + space
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
