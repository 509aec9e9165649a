/// A quote that is not closed on the line on which it begins.
struct OpenQuote {
    let mark: Unicode.Scalar
    let line: Int
    let column: Int

    /// The one that is still open where a line begins, or at the end of the text.
    static func before(line: Int, in lines: [[Unicode.Scalar]]) -> OpenQuote? {
        var open: OpenQuote?
        for (number, scalars) in lines.enumerated() where number < line {
            if number + 1 == line, let open { return open }
            var isStart = true
            var isEscaped = false
            scalars: for (index, scalar) in scalars.enumerated() {
                if let mark = open?.mark {
                    if isEscaped {
                        isEscaped = false
                    } else if scalar == "\\", mark == "\"" {
                        isEscaped = true
                    } else if scalar == mark {
                        open = nil
                        isStart = false
                    }
                    continue
                }
                switch scalar {
                case "\"", "'":
                    if isStart {
                        open = OpenQuote(mark: scalar, line: number + 1, column: index + 1)
                    }
                    isStart = false
                case "#" where index == 0 || scalars[index - 1] == " ": break scalars
                case " ": continue
                case ":", ",", "{", "[", "-", "?": isStart = true
                default: isStart = false
                }
            }
        }
        return open
    }
}
