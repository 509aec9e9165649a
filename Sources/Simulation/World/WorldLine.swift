internal import CLinux
import DeviceProfiles
import GPIO
import Glibc
import Metering
import Modbus
import SiteConfiguration
import Synchronization

/// A line of the gateway as the world at its other end has it: what the gateway drives is seen
/// here, and what is set here is sensed by the gateway.
struct WorldLine: Sendable {
    private enum End: Sendable {
        /// A coil, discrete input or register of a simulated device.
        case point(SimulatedDevice, PointProfile)
        /// A line of a gpio-sim chip of this machine's kernel.
        case chip(GPIOSimLine)
    }

    private let end: End

    /// - Returns: `nil` for a GPIO line whose chip is no gpio-sim: the world is real there.
    init?(_ reference: LineReference, devices: [String: SimulatedDevice]) {
        switch reference.source {
        case .point(let device, let point):
            guard let device = devices[device.description] else { return nil }
            end = .point(device, point)
        case .gpio(let settings):
            guard let line = GPIOSimLine(settings) else { return nil }
            end = .chip(line)
        }
    }

    /// Whether the gateway drives the line active.
    var isDriven: Bool {
        switch end {
        case .point(let device, let point): device.holdsNonzero(point)
        case .chip(let line): line.isDriven
        }
    }

    /// Makes the line active or inactive for the gateway to sense.
    func sense(_ isActive: Bool) {
        switch end {
        case .point(let device, let point): device.set(point, to: ScaledInteger(isActive ? 1 : 0))
        case .chip(let line): line.pull(isActive)
        }
    }
}

/// One line of a chip of the kernel's gpio-sim, from outside: through its files in sysfs.
///
/// Source: the kernel's documentation, admin-guide/gpio/gpio-sim.
final class GPIOSimLine: Sendable {
    private let settings: LineSettings
    private let folder: Mutex<String>

    /// - Returns: `nil` where no gpio-sim chip of this name or label has such a line.
    init?(_ settings: LineSettings) {
        guard let found = Self.folder(of: settings) else { return nil }
        self.settings = settings
        folder = Mutex(found)
    }

    var isDriven: Bool {
        // A line that cannot be read any more is driven by nobody.
        let text = try? SmallFile.text(of: folder.withLock { $0 } + "/value")
        return text?.first == (settings.isActiveLow ? "0" : "1")
    }

    func pull(_ isActive: Bool) {
        let word = isActive != settings.isActiveLow ? "pull-up" : "pull-down"
        do throws(SmallFile.Failure) {
            try SmallFile.write(word, to: folder.withLock { $0 } + "/pull")
        } catch {
            // The chip was pulled out, and may be back under another number.
            if let found = Self.folder(of: settings) { folder.withLock { $0 = found } }
        }
    }

    private static func folder(of settings: LineSettings) -> String? {
        folders(of: settings.chip).map { "\($0)/sim_gpio\(settings.offset)" }
            .first { access($0 + "/pull", W_OK) == 0 }
    }

    /// The folders of the gpio-sim chips with this name, path or label.
    private static func folders(of chip: String) -> [String] {
        let name = chip.hasPrefix("/dev/") ? String(chip.dropFirst(5)) : chip
        let platform = "/sys/devices/platform"
        return SmallFile.names(in: platform).filter { $0.hasPrefix("gpio-sim") }.flatMap { device in
            SmallFile.names(in: "\(platform)/\(device)").filter { $0.hasPrefix("gpiochip") }
                .filter { $0 == name || label(ofChip: $0) == name }
                .map { "\(platform)/\(device)/\($0)" }
        }
    }
}

extension GPIOSimLine {
    /// The label of a chip, which the kernel tells by the chip's device file alone.
    private static func label(ofChip chip: String) -> String? {
        let file = open("/dev/\(chip)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var label = [CChar](repeating: 0, count: 33)
        guard linli_gpio_chip_label(file, &label) == 0 else { return nil }
        return String(
            decoding: label.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Files of a line or two, as sysfs has them.
enum SmallFile {
    struct Failure: Error {
        let errno: Int32
    }

    static func text(of path: String) throws(Failure) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(errno: errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Failure(errno: errno) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws(Failure) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(errno: errno) }
        defer { close(file) }
        guard Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
            throw Failure(errno: errno)
        }
    }

    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
