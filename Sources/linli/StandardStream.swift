import Documents
import Glibc

/// The standard streams, written at once.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Whoever read this has gone: there is nobody left to write for.
            guard count > 0 else { exit(0) }
            rest = rest.dropFirst(count)
        }
    }

    /// All of standard input, as the text of a document.
    static func inputText(as name: String) throws(DocumentFaults) -> String {
        func refuse(_ error: DocumentFileError) -> DocumentFaults {
            DocumentFaults([
                DocumentFault(
                    file: name, line: 0, column: 0, path: "", reason: error.description)
            ])
        }
        do throws(DocumentFileError) {
            return try DocumentFile.text(of: STDIN_FILENO, maximumBytes: inputLimit)
        } catch {
            throw refuse(error)
        }
    }

    private static let inputLimit = 4 << 20

    /// Whether a person reads this.
    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Asks at the terminal; `nil` where there is none to ask at.
    static func ask(_ question: String) -> Bool? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        StandardStream.error.write("\(question) [y/N] ")
        guard let answer = readLine() else { return false }
        return ["y", "yes"].contains(answer.lowercased())
    }
}
