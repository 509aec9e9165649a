import CInterposed
import FoundationEssentials
import Glibc

/// The folder of one world, in memory.
enum SimulationFolder {
    static func make() -> String {
        // Always as long: the same seed gives the same, to the byte.
        var template = Array("/dev/shm/linli-world-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            fatalError("no folder in /dev/shm (error \(errno))")
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func remove(_ folder: String) {
        // What is left there is of no use, and goes with the next restart of this machine.
        try? FileManager.default.removeItem(atPath: folder)
    }
}
