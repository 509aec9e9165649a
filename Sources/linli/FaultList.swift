import Documents
import FoundationEssentials
import MaintenanceAPI

/// The faults and warnings of documents, for people and for programs.
struct FaultList: Encodable {
    private let faults: [Fault]
    private let warnings: [Fault]
    /// What is in a document without faults.
    private let sound: String

    private struct Fault: Encodable {
        let file: String
        let line: Int
        let column: Int
        let path: String
        let reason: String

        init(_ fault: DocumentFault) {
            (file, line, column) = (fault.file, fault.line, fault.column)
            (path, reason) = (fault.path, fault.reason)
        }
    }

    private let texts: [String]

    private enum CodingKeys: String, CodingKey { case faults, warnings }

    init(_ faults: [DocumentFault], warnings: [DocumentFault] = [], sound: String = "") {
        self.faults = faults.map(Fault.init)
        self.warnings = warnings.map(Fault.init)
        self.sound = sound
        texts = (faults + warnings).map { $0.description.printable }
    }

    /// Prints the faults and warnings, and where there are no faults that the document is sound.
    ///
    /// - Throws: Where there are faults; where it is strict, also for warnings.
    func report(of name: String, isStrict: Bool = false, isJSON: Bool) throws(CommandFailure) {
        let warned = Amount.of(warnings.count, "warning")
        if isJSON {
            // Numbers and texts can always be written.
            let json = (try? MaintenanceJSON.encode(self)) ?? Data()
            StandardStream.output.write(String(decoding: json, as: UTF8.self) + "\n")
        } else {
            let summary = warnings.isEmpty ? "sound" : "sound, with \(warned)"
            let end = faults.isEmpty ? ["\(name): \(summary): \(sound)".printable] : []
            StandardStream.output.write((texts + end).map { $0 + "\n" }.joined())
        }
        if !faults.isEmpty {
            throw .bad(
                Amount.of(faults.count, "fault"),
                hint: "mend \(them(faults.count)) and check again",
                isSaid: isJSON)
        }
        if isStrict, !warnings.isEmpty {
            throw .bad(
                warned, hint: "mend \(them(warnings.count)), or check without --strict",
                isSaid: isJSON)
        }
    }

    private func them(_ count: Int) -> String { count == 1 ? "it" : "them" }
}
