import Documents
import FoundationEssentials
import Maintenance

/// The faults of documents, for people and for programs.
struct FaultList: Encodable {
    private let faults: [Fault]

    private struct Fault: Encodable {
        let file: String
        let line: Int
        let column: Int
        let path: String
        let reason: String
    }

    private let texts: [String]

    private enum CodingKeys: String, CodingKey { case faults }

    init(_ faults: [DocumentFault]) {
        self.faults = faults.map {
            Fault(file: $0.file, line: $0.line, column: $0.column, path: $0.path, reason: $0.reason)
        }
        texts = faults.map { $0.description.printable }
    }

    /// Prints the faults, or `sound` where there are none.
    ///
    /// - Throws: Where there are faults.
    func report(sound: String, isJSON: Bool) throws {
        if isJSON {
            let json = try MaintenanceJSON.encode(self)
            StandardStream.output.write(String(decoding: json, as: UTF8.self) + "\n")
        } else {
            let lines = texts.isEmpty ? [sound] : texts
            StandardStream.output.write(lines.map { $0 + "\n" }.joined())
        }
        guard texts.isEmpty else {
            throw CommandFailure.bad(
                "\(Amount.of(texts.count, "fault"))", hint: "mend them and check again")
        }
    }
}
