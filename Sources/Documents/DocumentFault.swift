/// One thing wrong in a document: where it stands, and why it is refused, or doubtful.
package struct DocumentFault: Error, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The file as it was named by the caller.
    package let file: String
    /// Counted from 1; 0 where the fault is of the file as a whole.
    package let line: Int
    /// In Unicode scalars, counted from 1; 0 where the fault is of the file as a whole.
    package let column: Int
    /// The keys that lead to the place, for example `devices.b1.every` or `devices.b1.read[2]`.
    /// Empty at the root.
    package let path: String
    /// What is wrong, and what would be right, in words for an installer.
    package let reason: String
    /// Whether the document is taken all the same.
    package let isWarning: Bool

    package init(
        file: String, line: Int, column: Int, path: String, reason: String, isWarning: Bool = false
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.reason = reason
        self.isWarning = isWarning
    }

    /// `file:line:column: path: reason`, which editors and terminals turn into a link; `warning: `
    /// stands before the path of a warning.
    package var description: String {
        let mark = isWarning ? ": warning" : ""
        let place = (line > 0 ? "\(file):\(line):\(column)" : file) + mark
        return path.isEmpty ? "\(place): \(reason)" : "\(place): \(path): \(reason)"
    }

    /// In the order of the text.
    package static func < (left: DocumentFault, right: DocumentFault) -> Bool {
        (left.file, left.line, left.column, left.path, left.reason)
            < (right.file, right.line, right.column, right.path, right.reason)
    }
}

/// Everything wrong in a document: one fault or more, in the order of the text.
package struct DocumentFaults: Error, Hashable, Sendable, CustomStringConvertible {
    package let faults: [DocumentFault]

    /// - Precondition: There is at least one fault.
    package init(_ faults: some Sequence<DocumentFault>) {
        self.faults = Set(faults).sorted()
        precondition(!self.faults.isEmpty, "a document is refused for a reason")
    }

    /// One line a fault.
    package var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}
