/// One reading of a text, with what was found wrong.
struct DocumentReading<Value> {
    let log: FaultLog
    let value: Value?
    private let text: String
    private let limits: DocumentLimits
    /// The line at which the parser gave up.
    private let brokenLine: Int?
    private let faults: [DocumentFault]

    /// - Parameter body: As for ``DocumentReader/read(file:limits:_:)``; it may be asked more than
    ///   once.
    init(
        _ text: String, file: String, limits: DocumentLimits, _ body: (DocumentNode) -> Value?
    ) {
        self.text = text
        self.limits = limits
        log = FaultLog(file: file)
        var composer = DocumentComposer(text: text, limits: limits, log: log)
        value = composer.root().flatMap(body)
        brokenLine = composer.brokenLine
        faults = log.ownFaults
    }

    /// The faults, each misprint for what it is, and nothing that only follows from one: for that,
    /// the document is read again as it was meant.
    func faults(_ body: (DocumentNode) -> Value?) -> [DocumentFault] {
        var reading = self
        var told: [Misprint] = []
        // Large documents take a while, and a daemon may be the one that reads.
        var budget = min(64, max(3, (2 << 20) / max(1, text.utf8.count)))
        while let step = reading.mended(body, told: Set(told.map(\.line)), budget: &budget) {
            reading = step.reading
            told += step.misprints
        }
        let lines = Set(told.map(\.line))
        // Where the mended text is no YAML, either, the parser's complaint may only follow.
        let others = told.isEmpty || reading.brokenLine == nil ? reading.faults : []
        return others.filter { !lines.contains($0.line) }
            + told.map {
                DocumentFault(
                    file: log.file, line: $0.line, column: $0.column, path: "", reason: $0.reason)
            }
    }

    /// The document without what can only be a mistake, or else without what makes a fault go away.
    ///
    /// - Parameter budget: How many times it may still be read.
    private func mended(
        _ body: (DocumentNode) -> Value?, told: Set<Int>, budget: inout Int
    ) -> (reading: DocumentReading, misprints: [Misprint])? {
        let all = MisprintScan.misprints(in: text)
        func mended(_ misprints: [Misprint]) -> DocumentReading {
            DocumentReading(
                Misprint.mended(text, misprints), file: log.file, limits: limits, body)
        }
        guard budget > 0 else { return nil }
        let certain = all.filter(\.isCertain)
        if !certain.isEmpty {
            budget -= 1
            return (mended(certain), certain.filter { !told.contains($0.line) }.uniqued)
        }
        let suspects = all.filter { isSuspect($0, among: all) && !told.contains($0.line) }
        for kind in Misprint.Kind.allCases {
            let candidates = suspects.filter { $0.kind == kind }
            guard !candidates.isEmpty, budget > 1 else { continue }
            budget -= 2  // That one, and perhaps one with less of it mended.
            let next = mended(candidates)
            let helpful = candidates.filter { next.isBetter(than: self, onLine: $0.line) }
            guard !helpful.isEmpty else { continue }
            let isAll = helpful.count == candidates.count
            return (isAll ? next : mended(helpful), helpful.firstOfEachLine)
        }
        return nil
    }

    /// Whether something on the line of a misprint, or where the parser gives up, is wrong.
    private func isSuspect(_ misprint: Misprint, among all: [Misprint]) -> Bool {
        guard let brokenLine else { return faults.contains { $0.line == misprint.line } }
        let near = all.map(\.line).filter { (brokenLine - 2...brokenLine).contains($0) }.max()
        return misprint.line == near
    }

    private func isBetter(than before: DocumentReading, onLine line: Int) -> Bool {
        if let wasBroken = before.brokenLine { return brokenLine.map { $0 > wasBroken } ?? true }
        guard brokenLine == nil else { return false }
        // Not by their paths: an item more moves those behind it.
        let here = faults.filter { $0.line == line }.map(\.reason)
        return before.faults.contains { $0.line == line && !here.contains($0.reason) }
    }
}
