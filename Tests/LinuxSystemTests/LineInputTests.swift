import Execution
import Glibc
import LinuxSystem
import Simulation
import Testing

/// Lines from a terminal, whose other end plays the code reader.
@Suite struct LineInputTests {
    @Test func linesComeWhole() async throws {
        try await withTerminal { terminal, input in
            try terminal.send("4029")
            #expect(await input.next() == .nothing)
            try terminal.send("17\r\n\r\n118822\n")
            #expect(await input.nextLine() == "402917")
            #expect(await input.nextLine() == "118822")
            #expect(await input.next() == .nothing)
        }
    }

    @Test func aLineThatIsTooLongIsThrownAwayWhole() async throws {
        try await withTerminal { terminal, input in
            for _ in 0..<20 {
                try terminal.send(String(repeating: "7", count: 200))
                _ = await input.next()
            }
            try terminal.send("402917\n118822\n")
            #expect(await input.nextLine() == "118822")
        }
    }

    @Test func aReaderThatIsPulledOutFailsAndLeavesNoHalfLine() async throws {
        let link = "/tmp/linli-reader-\(getpid())"
        let input = LineInput(
            path: link, baudRate: 9_600, executor: ThreadExecutor(name: "reader"))
        try await { () async throws in
            let terminal = try PseudoTerminal(link: link)
            #expect(await input.next() == .nothing)
            try terminal.send("40")
            #expect(await input.next() == .nothing)
        }()
        guard case .failed = await input.next() else {
            Issue.record("its end is not noticed")
            return
        }
        let second = try PseudoTerminal(link: link)
        #expect(await input.next() == .nothing)
        try second.send("2917\n")
        #expect(await input.nextLine() == "2917")
    }

    @Test func aPortThatIsNotThereSaysWhy() async {
        let input = LineInput(
            path: "/tmp/linli-no-such-port", baudRate: 9_600,
            executor: ThreadExecutor(name: "reader"))
        #expect(await input.next() == .failed(errno: ENOENT))
    }

    private func withTerminal(
        _ body: (borrowing PseudoTerminal, LineInput) async throws -> Void
    ) async throws {
        let terminal = try PseudoTerminal()
        let input = LineInput(
            path: terminal.path, baudRate: 9_600, executor: ThreadExecutor(name: "reader"))
        // Opening throws away what was sent before.
        #expect(await input.next() == .nothing)
        try await body(terminal, input)
    }
}

extension LineInput {
    /// The next line, for which a busy machine may take some looks.
    fileprivate func nextLine() async -> String? {
        for _ in 0..<40 {
            if case .line(let line) = next() { return line }
        }
        return nil
    }
}
