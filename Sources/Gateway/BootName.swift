import Glibc

/// The name of this run of the machine since power-up.
enum BootName {
    /// 16 hexadecimal digits of the kernel's boot id. Source: random(4).
    static let current: String = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "0000000000000000" }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 64)
        let count = max(0, read(descriptor, &text, text.count))
        let digits = String(decoding: text[..<count], as: UTF8.self).filter(\.isHexDigit)
        return digits.count >= 16 ? String(digits.prefix(16)) : "0000000000000000"
    }()
}
