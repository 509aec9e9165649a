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

    /// The sections that names of faults are of, by the place of the fault among the others.
    private var sections: [Int: String] = [:]
    /// The paths of what is missing or misspelt.
    private var missing: Set<String> = []

    /// - Parameter section: Where a name ought to be defined that is not, for a fault of it.
    func report(
        line: Int, column: Int, path: String, reason: String, namedIn section: String? = nil
    ) {
        guard faults.count < Self.limit else { return }
        sections[faults.count] = section
        faults.append(
            DocumentFault(file: file, line: line, column: column, path: path, reason: reason))
    }

    func noteMissing(_ path: String) { missing.insert(path) }

    /// The faults that do not merely follow from another: not those of names in a section that
    /// could not be read.
    var ownFaults: [DocumentFault] {
        let broken = missing.union(faults.map(\.path))
        return faults.indices.filter { index in
            sections[index].map { !broken.contains($0) } ?? true
        }.map { faults[$0] }
    }

    func warn(line: Int, column: Int, path: String, reason: String) {
        guard warnings.count < Self.limit else { return }
        warnings.append(
            DocumentFault(
                file: file, line: line, column: column, path: path, reason: reason, isWarning: true)
        )
    }
}
