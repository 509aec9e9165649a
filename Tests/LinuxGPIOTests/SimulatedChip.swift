import Glibc
import Synchronization
import TestSupport
import Testing

@testable import LinuxGPIO

/// A chip of the kernel's gpio-sim, from outside: made, driven, read and pulled out through its
/// files. Needs a machine that has the module: see `deploy/vm/run`.
struct SimulatedChip {
    static let isAvailable = getenv("LINLI_GPIO_SIM") != nil

    let label: String
    private var folder: String { "/sys/kernel/config/gpio-sim/\(label)" }

    private static let counter = Mutex(0)

    /// Makes a chip while `body` runs.
    static func with(
        lines: Int, _ body: (SimulatedChip) async throws -> Void
    ) async throws {
        let number = counter.withLock { count in
            count += 1
            return count
        }
        let chip = SimulatedChip(label: "test-\(getpid())-\(number)")
        try #require(mkdir(chip.folder, 0o755) == 0)
        try #require(mkdir(chip.folder + "/bank", 0o755) == 0)
        try chip.write("\(lines)", to: "bank/num_lines")
        try chip.write(chip.label, to: "bank/label")
        try chip.plugIn()
        defer {
            try? chip.unplug()  // It may be out already.
            rmdir(chip.folder + "/bank")
            rmdir(chip.folder)
        }
        try await body(chip)
    }

    func plugIn() throws { try write("1", to: "live") }
    func unplug() throws { try write("0", to: "live") }

    /// What a line is driven to.
    func level(_ line: Int) throws -> Bool {
        try text(of: "\(try device())/sim_gpio\(line)/value").hasPrefix("1")
    }

    /// Pulls an input up or down.
    func pull(_ line: Int, up: Bool) throws {
        try Self.write(
            up ? "pull-up" : "pull-down", to: "\(try device())/sim_gpio\(line)/pull")
    }

    private func device() throws -> String {
        let device = try text(of: folder + "/dev_name")
        let chip = try text(of: folder + "/bank/chip_name")
        return "/sys/devices/platform/\(device)/\(chip)"
    }

    private func write(_ text: String, to name: String) throws {
        try Self.write(text, to: "\(folder)/\(name)")
    }

    private static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        try #require(file >= 0, "\(path): \(String(cString: strerror(errno)))")
        defer { close(file) }
        let count = Glibc.write(file, text, text.utf8.count)
        try #require(count == text.utf8.count, "\(path): \(String(cString: strerror(errno)))")
    }

    private func text(of path: String) throws -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        try #require(file >= 0, "\(path): \(String(cString: strerror(errno)))")
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
            .filter { !$0.isNewline }
    }
}

/// What a chip has told.
final class ChipLog: Sendable {
    private let all = Mutex<[ChipEvent]>([])

    var events: [ChipEvent] { all.withLock { $0 } }

    func note(_ event: ChipEvent) { all.withLock { $0.append(event) } }

    /// Waits until something was told, for as long as an emulated processor may take.
    func wait(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ isSo: @Sendable ([ChipEvent]) -> Bool
    ) async throws {
        let wasTold = try await Patience.wait(upTo: .seconds(30), step: .milliseconds(5)) {
            isSo(events)
        }
        try #require(
            wasTold, "it was never told: \(what); told were \(events)",
            sourceLocation: sourceLocation)
    }
}
