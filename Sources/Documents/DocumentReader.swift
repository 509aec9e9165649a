/// Reads one YAML document strictly: every fault is collected, and any fault refuses the whole.
///
///     let profile = try DocumentReader.read(file: path) { root in
///         guard let fields = root.fields(["id", "unit"]) else { return nil }
///         let id = fields.required("id")?.text()
///         let unit = fields.required("unit")?.integer(in: 1...247)
///         guard let id, let unit else { return nil }
///         return Example(id: id, unit: unit)
///     }
///
/// Anchors, aliases, tags, several documents in one file and duplicate keys are refused.
package enum DocumentReader {
    /// What was read, and what is doubtful in it.
    package struct Checked<Value> {
        package let value: Value
        /// In the order of the text.
        package let warnings: [DocumentFault]
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - file: The path; faults repeat it as it is given.
    ///   - body: Turns the root of the document into a value. It reports faults through the
    ///     nodes, and may return `nil` only after reporting one.
    /// - Throws: All faults; also where `body` returned a value but reported a fault.
    package static func read<Value>(
        file: String, limits: DocumentLimits = DocumentLimits(),
        _ body: (DocumentNode) -> Value?
    ) throws(DocumentFaults) -> Value {
        try check(file: file, limits: limits, body).value
    }

    /// Reads a file, and says what is doubtful in it.
    package static func check<Value>(
        file: String, limits: DocumentLimits = DocumentLimits(),
        _ body: (DocumentNode) -> Value?
    ) throws(DocumentFaults) -> Checked<Value> {
        let text: String
        do throws(DocumentFileError) {
            text = try DocumentFile.text(path: file, maximumBytes: limits.maximumBytes)
        } catch {
            let fault = DocumentFault(
                file: file, line: 0, column: 0, path: "", reason: error.reason(for: file))
            throw DocumentFaults([fault])
        }
        return try check(text: text, file: file, limits: limits, body)
    }

    /// Reads a text that is already in memory.
    ///
    /// - Parameters:
    ///   - text: The document.
    ///   - file: What faults name as the file.
    ///   - body: As for ``read(file:limits:_:)``.
    package static func read<Value>(
        text: String, file: String, limits: DocumentLimits = DocumentLimits(),
        _ body: (DocumentNode) -> Value?
    ) throws(DocumentFaults) -> Value {
        try check(text: text, file: file, limits: limits, body).value
    }

    /// Reads a text that is already in memory, and says what is doubtful in it.
    package static func check<Value>(
        text: String, file: String, limits: DocumentLimits = DocumentLimits(),
        _ body: (DocumentNode) -> Value?
    ) throws(DocumentFaults) -> Checked<Value> {
        let reading = DocumentReading(text.withoutByteOrderMark, file: file, limits: limits, body)
        guard reading.log.faults.isEmpty else {
            throw DocumentFaults(reading.faults(body))
        }
        guard let value = reading.value else {
            preconditionFailure("a document was refused without a reason")
        }
        return Checked(value: value, warnings: Set(reading.log.warnings).sorted())
    }
}

extension String {
    /// Editors on Windows put a mark before the text, which is no part of it.
    fileprivate var withoutByteOrderMark: String {
        unicodeScalars.first == "\u{FEFF}"
            ? String(unicodeScalars.dropFirst()) : self
    }
}
