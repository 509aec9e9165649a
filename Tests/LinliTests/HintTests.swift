import Foundation
import Testing

/// A command that a hint, a fault or a page names is one that there is.
@Suite(.timeLimit(.minutes(15))) struct HintTests {
    private static let repository =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    @Test func everyCommandThatIsNamedExists() async throws {
        var named: [String: String] = [:]
        let sources = try FileManager.default.subpathsOfDirectory(
            atPath: Self.repository + "/Sources"
        )
        .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".md") }.map { "Sources/" + $0 }
        for file in sources + ["README.md"] {
            let text = try String(contentsOfFile: "\(Self.repository)/\(file)", encoding: .utf8)
            for match in text.matches(of: /`linli((?: [a-z][a-z-]*){1,2})/) {
                named[String(match.1)] = file
            }
            for match in text.matches(of: /\n    linli((?: [a-z][a-z-]*){1,2})/) {
                named[String(match.1)] = file
            }
        }
        #expect(named.count > 20)
        for (words, file) in named.sorted(by: { $0.key < $1.key }) {
            let words = words.split(separator: " ").map(String.init)
            // The second word may be an argument, as of `linli read meter/point`.
            let tries = [words, Array(words.prefix(1))]
            var isKnown = false
            for words in tries where !isKnown {
                let end = try await LinliProgram.run(["help"] + words)
                let usage = "USAGE: linli " + words.joined(separator: " ")
                isKnown = end.status == 0 && end.output.contains(usage)
                // Where a command has commands of its own, the second word is one of them.
                if !isKnown, words.count == 2 {
                    let group = try await LinliProgram.run(["help", words[0]])
                    if group.output.contains("SUBCOMMANDS"), !words[1].hasPrefix("--") { break }
                }
            }
            #expect(isKnown, "\(file): linli \(words.joined(separator: " "))")
        }
    }
}
