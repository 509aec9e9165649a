/// The faults found so far while one document is read.
///
/// A class, so that every node of the document can report to it; it never leaves the call that
/// reads the document.
final class FaultLog {
    /// The most faults kept: enough to see what is wrong with any document.
    static let limit = 1_000

    let file: String
    private(set) var faults: [DocumentFault] = []
    /// What is doubtful in a document that is taken.
    private(set) var warnings: [DocumentFault] = []

    init(file: String) {
        self.file = file
    }

    func report(line: Int, column: Int, path: String, reason: String) {
        guard faults.count < Self.limit else { return }
        faults.append(
            DocumentFault(file: file, line: line, column: column, path: path, reason: reason))
    }

    func warn(line: Int, column: Int, path: String, reason: String) {
        guard warnings.count < Self.limit else { return }
        warnings.append(
            DocumentFault(
                file: file, line: line, column: column, path: path, reason: reason, isWarning: true)
        )
    }
}
