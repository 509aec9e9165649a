internal import CGPIOD
import Glibc

/// Finds the device file of a chip, which may come and go while the gateway runs.
enum ChipFinder {
    /// Opens a chip by its path (`/dev/gpiochip0`), its name (`gpiochip0`) or its label
    /// (`pinctrl-bcm2711`).
    ///
    /// - Returns: `nil` where there is no such chip now.
    static func open(_ name: String) -> OpaquePointer? {
        if name.hasPrefix("/") { return gpiod_chip_open(name) }
        if let chip = gpiod_chip_open("/dev/" + name) { return chip }
        for file in chipFiles {
            guard let chip = gpiod_chip_open(file) else { continue }
            if let label = linli_gpio_chip_label(chip), String(cString: label) == name {
                return chip
            }
            gpiod_chip_close(chip)
        }
        return nil
    }

    private static var chipFiles: [String] {
        guard let folder = opendir("/dev") else { return [] }
        defer { closedir(folder) }
        var files: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("gpiochip") { files.append("/dev/" + name) }
        }
        return files.sorted()
    }
}
