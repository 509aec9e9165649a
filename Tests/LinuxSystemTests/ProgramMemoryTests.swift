import Glibc
import LinuxSystem
import Testing

@Suite(.serialized) struct ProgramMemoryTests {
    /// The code goes out of memory, and comes back as it is needed: this test is code, too.
    @Test func codeThatIsNotRunningIsGivenBack() {
        let before = ProcessFigures.current().residentBytes
        ProgramMemory.release()
        let after = ProcessFigures.current().residentBytes
        #expect(before > 0)
        #expect(after < before * 9 / 10, "\(before) bytes before, \(after) after")
        #expect((1...1_000).reduce(0, +) == 500_500)
    }

    @Test(.enabled(if: geteuid() == 0, "only root may lock so much memory"))
    func codeThatIsUsedFromThenOnStays() throws {
        ProgramMemory.release()
        let first = try lockedKilobytes()
        #expect(first > 0)
        // Another time, what was kept is given back before it is kept anew.
        let touched = try touchCode()
        let before = ProcessFigures.current().residentBytes
        ProgramMemory.release()
        let after = ProcessFigures.current().residentBytes
        #expect(
            after < before - Int64(touched) / 2,
            "\(touched) bytes of code, \(before) before, \(after) after")
        #expect(try lockedKilobytes() > 0)
    }

    /// Has all code of this program in RAM.
    ///
    /// - Returns: How many bytes that is.
    private func touchCode() throws -> Int {
        let file = try #require(fopen("/proc/self/maps", "re"))
        defer { fclose(file) }
        var (size, sum) = (0, 0)
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
            let fields = text.split { $0 == " " || $0 == "-" }
            guard text.contains(" r-xp "), text.contains(".xctest"),
                let start = UInt(fields[0], radix: 16), let end = UInt(fields[1], radix: 16)
            else { continue }
            for page in stride(from: start, to: end, by: 4_096) {
                let byte = UnsafeRawPointer(bitPattern: page)
                sum &+= Int(byte?.load(as: UInt8.self) ?? 0)
            }
            size += Int(end - start)
        }
        #expect(sum != 0)
        return size
    }

    /// Source: proc(5), /proc/pid/status, VmLck.
    private func lockedKilobytes() throws -> Int {
        let file = try #require(fopen("/proc/self/status", "re"))
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
            guard text.hasPrefix("VmLck:") else { continue }
            return try #require(Int(text.filter(\.isNumber)))
        }
        return 0
    }
}
