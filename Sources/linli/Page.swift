import Execution
import Glibc

/// What a text is laid out for: the width, the colours, the letters, and the clock on the wall.
struct Page: Hashable {
    /// In columns of the terminal.
    var width = 80
    /// Whether lines longer than the width are broken: at a terminal; a program wants each whole.
    var isWrapped = true
    var isColoured = false
    /// Whether lines and dots beyond ASCII can be shown.
    var isUnicode = true
    var zone = LocalZone.utc
    /// The time of day, for "5 min ago".
    var now = Timestamp(milliseconds: 0)

    enum Colour: Int {
        case red = 31
        case green = 32
        case yellow = 33
        case faint = 90
        case bold = 1
    }

    func paint(_ text: String, _ colour: Colour?) -> String {
        guard isColoured, let colour, !text.isEmpty else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }

    /// A title with its text, for pages of a few facts.
    func fact(_ title: String, _ text: String, _ colour: Colour? = nil) -> String {
        lines(of: text, after: 14).enumerated().map { index, line in
            paint((index == 0 ? title : "").padded(to: 14), .faint) + paint(line, colour) + "\n"
        }.joined()
    }

    /// A text in lines for this page, where so many columns of each are taken.
    func lines(of text: String, after indent: Int) -> [String] {
        isWrapped ? text.printable.wrapped(to: max(20, width - indent)) : [text.printable]
    }

    /// How long ago something was, or how soon it will be, in words.
    func age(_ milliseconds: Int64?) -> String {
        guard let milliseconds else { return "-" }
        let seconds = Double(now.milliseconds - milliseconds) / 1_000
        return seconds < -1
            ? "in \(Amount.duration(-seconds))" : "\(Amount.duration(max(0, seconds))) ago"
    }

    /// For how long something has been so, in the largest unit alone where `isBrief`.
    func length(_ since: Int64?, isBrief: Bool = false) -> String {
        guard let since else { return "?" }
        let text = Amount.duration(max(0, Double(now.milliseconds - since) / 1_000))
        return isBrief ? text.split(separator: " ").prefix(2).joined(separator: " ") : text
    }

    /// The page of this process: its terminal, or plain text of any width into a pipe.
    static func current(isASCII: Bool = false) -> Page {
        let isTerminal = StandardStream.output.isTerminal
        var page = Page()
        page.width = terminalWidth ?? 100
        page.isWrapped = isTerminal
        let isPlain = !(environment("NO_COLOR") ?? "").isEmpty || environment("TERM") == "dumb"
        page.isColoured = isTerminal && !isPlain
        page.isUnicode = !isASCII && isLocaleUnicode
        page.zone = .system
        page.now = LocalZone.now
        return page
    }

    private static var terminalWidth: Int? {
        if let columns = environment("COLUMNS").flatMap(Int.init), columns >= 20 { return columns }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// Source: locale(7): the first of these that is set and not empty speaks.
    private static var isLocaleUnicode: Bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"]
        let locale = names.lazy.compactMap(environment).first { !$0.isEmpty } ?? "C"
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }
}

/// A variable of the process's environment.
func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
