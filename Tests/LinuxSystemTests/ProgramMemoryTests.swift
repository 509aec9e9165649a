import LinuxSystem
import Testing

@Suite struct ProgramMemoryTests {
    /// The code goes out of memory, and comes back as it is needed: this test is code, too.
    @Test func codeThatIsNotRunningIsGivenBack() {
        let before = ProcessFigures.current().residentBytes
        ProgramMemory.release()
        let after = ProcessFigures.current().residentBytes
        #expect(before > 0)
        #expect(after < before * 9 / 10, "\(before) bytes before, \(after) after")
        #expect((1...1_000).reduce(0, +) == 500_500)
    }
}
