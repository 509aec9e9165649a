import Documents
import Execution
import Testing

private func reasons(in text: String, limits: DocumentLimits = DocumentLimits()) -> [String] {
    do throws(DocumentFaults) {
        _ = try DocumentReader.read(text: text, file: "t.yaml", limits: limits) { root in
            depth(of: root)
        }
        return []
    } catch {
        return error.faults.map(\.reason)
    }
}

/// Walks all of a document, as a reader with no schema would.
private func depth(of node: DocumentNode) -> Int {
    switch node.content {
    case .null, .scalar, .refused: 1
    case .list(let items): 1 + (items.map(depth(of:)).max() ?? 0)
    case .mapping(let entries): 1 + (entries.map { depth(of: $0.value) }.max() ?? 0)
    }
}

@Suite struct HostileDocumentTests {
    @Test func refusesABombOfAliasesUnbuilt() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...60 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(reasons(in: bomb) == ["aliases are not allowed; write out what *a0 stands for"])
        // The same as keys, where Yams would have to hash them.
        let keys = bomb.replacing("a1: ", with: "? ")
        #expect(reasons(in: keys).count == 1)
    }

    @Test(arguments: [
        "? &k [x]\n: 1\n? *k\n: 2", "{&a a: *a}", "[&a-b x, *a-b]", "a: &a\n  b: 1\nc:\n  <<: *a",
        "- &x 1\n- *x", "\"q\":&a 1\nb: *a",
    ])
    func findsAnAliasWhereverItStands(_ text: String) {
        #expect(reasons(in: text).contains { $0.contains("alias") || $0.contains("anchor") })
    }

    @Test(arguments: [
        "note: \"5 * 3 & more\"", "note: R&D *x*", "note: a *b and then &b", "note: x*y&y",
    ])
    func leavesStarsAndAmpersandsInProseAlone(_ text: String) {
        #expect(reasons(in: text) == [])
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func refusesDeepNesting(_ opening: String) {
        for depth in [30, 500, 5_000, 100_000] {
            #expect(!reasons(in: String(repeating: opening, count: depth)).isEmpty)
        }
        let balanced =
            String(repeating: "[", count: 900) + "x" + String(repeating: "]", count: 900)
        #expect(reasons(in: balanced) == ["is nested deeper than 24 levels"])
    }

    @Test func refusesTooManyBytesAndTooManyValues() {
        let limits = DocumentLimits(maximumBytes: 100, maximumDepth: 5, maximumNodes: 10)
        let long = "a: " + String(repeating: "x", count: 100)
        #expect(reasons(in: long, limits: limits) == ["is larger than 100B"])
        let wide = "[" + Array(repeating: "1", count: 20).joined(separator: ",") + "]"
        #expect(reasons(in: wide, limits: limits) == ["the document holds more than 10 values"])
    }

    @Test func keepsABoundOnFaults() {
        let text = (0..<3_000).map { "k\($0): &a\($0) x" }.joined(separator: "\n")
        #expect(reasons(in: text).count == 1_000)
    }

    @Test func manyDuplicatesEndInAFault() {
        let few = (0..<20).map { _ in "k: 1" }.joined(separator: "\n")
        #expect(reasons(in: few).count == 19)
        let many = (0..<300).map { _ in "k: 1" }.joined(separator: "\n")
        #expect(!reasons(in: many).isEmpty)
    }

    /// Whatever the bytes, the reader answers with a value or with faults.
    @Test(arguments: 0..<300)
    func survivesGarbage(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces = [
            "a", "b: ", "- ", "? ", ": ", "[", "]", "{", "}", ",", "\n", "\n  ", "\t", "&x ", "*x",
            "!t ", "!!str ", "|", ">", "\"", "'", "#", "%YAML 1.1\n", "---\n", "...\n", "\\u0000",
            "\u{FEFF}", "\u{2028}", "\u{85}", "\r\n", "\r", "\0", "\u{E000}", "é", "🏘", "~", "<<: ",
            "\\", "0x1F", "1e999", "\u{FFFE}", "\"\\x00\"", "\"\\uD800\"", "'a': 1\n'a': 2\n",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...80, using: &random) {
            text += pieces.randomElement(using: &random) ?? ""
        }
        let faults = reasons(in: text)
        #expect(faults.allSatisfy { !$0.isEmpty })
    }
}
