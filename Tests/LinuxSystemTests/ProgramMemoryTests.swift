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

    @Test(
        .enabled(if: geteuid() == 0, "only root may lock so much memory"),
        .disabled(if: Self.isSanitized, "under the thread sanitizer munlock does nothing"))
    func codeThatIsUsedFromThenOnStays() throws {
        ProgramMemory.release()
        #expect(try status("VmLck") > 0)
        // Another time, what was kept is given back before it is kept anew.
        let touched = try touchCode()
        let before = try status("RssFile")
        ProgramMemory.release()
        let after = try status("RssFile")
        #expect(
            after < before - touched / 2,
            "\(touched) kB of code, of files in RAM \(before) kB before, \(after) kB after")
        #expect(try status("VmLck") > 0)
    }

    private static var isSanitized: Bool { dlsym(nil, "__tsan_init") != nil }

    /// Has all code of this program in RAM.
    ///
    /// - Returns: How many kilobytes that is.
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
        return size / 1_024
    }

    /// A figure of this process in kilobytes. Source: proc(5), /proc/pid/status.
    private func status(_ name: String) throws -> Int {
        let file = try #require(fopen("/proc/self/status", "re"))
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
            guard text.hasPrefix(name + ":") else { continue }
            return try #require(Int(text.filter(\.isNumber)))
        }
        return 0
    }
}
