/// A drawing of dots in a field of characters: eight dots a character in Braille, one in ASCII.
struct DotCanvas: Hashable {
    /// In characters.
    let columns: Int
    let rows: Int
    /// In dots.
    let width: Int
    let height: Int
    private let isBraille: Bool
    private var cells: [UInt8]

    /// - Precondition: There is at least one column and one row.
    init(columns: Int, rows: Int, isUnicode: Bool) {
        precondition(columns > 0 && rows > 0, "a canvas has a column and a row")
        self.columns = columns
        self.rows = rows
        isBraille = isUnicode
        width = isUnicode ? columns * 2 : columns
        height = isUnicode ? rows * 4 : rows
        cells = Array(repeating: 0, count: columns * rows)
    }

    /// A dot; `x` from the left, `y` from the top. Outside of the canvas nothing is drawn.
    mutating func dot(_ x: Int, _ y: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        if isBraille {
            cells[y / 4 * columns + x / 2] |= Self.brailleBits[y % 4][x % 2]
        } else {
            cells[y * columns + x] = 1
        }
    }

    /// A line with both its ends. Source: Bresenham, 1965.
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
        let (across, down) = (abs(end.x - start.x), -abs(end.y - start.y))
        let (right, below) = (start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
        var (x, y) = start
        var error = across + down
        while true {
            dot(x, y)
            if x == end.x, y == end.y { return }
            let doubled = 2 * error
            if doubled >= down {
                error += down
                x += right
            }
            if doubled <= across {
                error += across
                y += below
            }
        }
    }

    /// The characters of one row.
    func text(row: Int) -> String {
        let line = cells[(row * columns)..<((row + 1) * columns)]
        return String(
            String.UnicodeScalarView(
                line.map { cell in
                    guard cell != 0 else { return " " }
                    return isBraille ? Unicode.Scalar(0x2800 + UInt32(cell)) ?? " " : "*"
                }))
    }

    /// Source: Unicode, "Braille Patterns": dots 1 to 8 are bits 0 to 7.
    private static let brailleBits: [[UInt8]] = [[1, 8], [2, 16], [4, 32], [64, 128]]
}
