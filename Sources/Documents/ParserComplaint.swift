/// Why a parser of YAML gave up, in its own words.
struct ParserComplaint {
    let problem: String
    let place: TextPlace
    /// What it was reading, and where that began.
    let context: (text: String, place: TextPlace)?

    /// Whether the text ended within something.
    var isEndOfText: Bool { problem == "found unexpected end of stream" }

    /// In words for an installer; the parser's own where nothing better is known.
    ///
    /// Source: scanner.c and parser.c of libyaml 0.2.5.
    var words: String {
        let begun = context?.place.line ?? place.line
        return switch problem {
        case "could not find expected ':'":
            "a colon is missing: a line is written as \"name: value\""
        case "mapping values are not allowed in this context":
            "a colon stands where no name may; put quotes around a text with a colon in it, and "
                + "begin the lines of one mapping in the same column"
        case "did not find expected key":
            "does not fit the mapping begun on line \(begun): its lines are \"name: value\" and "
                + "begin in the same column"
        case "did not find expected '-' indicator":
            "does not fit the list begun on line \(begun): either every line there begins with "
                + "\"- \" or none does"
        case "block sequence entries are not allowed in this context":
            "a list begins on a line of its own, or is written [a, b]"
        case "found unknown escape character", "did not find expected hexdecimal number":
            "a backslash in \" \" has a meaning of its own; write ' ' around the text"
        case "but found another document": "one file holds one document; leave out the ---"
        case "did not find expected <document start>":
            "there is text behind the end of the document"
        case "found character that cannot start any token":
            "a value cannot begin with this character; put quotes around it"
        default:
            problem
                + (context.map { " (\($0.text), begun on line \($0.place.line))" } ?? "")
        }
    }
}
