import Glibc

/// What a gateway brings along from a state folder that can be read but not written.
package struct StateCopy: Sendable {
    /// The folder that takes nothing any more.
    package let source: String
    /// The folder in memory that stands in for it.
    package let target: String

    package init(from source: String, to target: String) {
        self.source = source
        self.target = target
    }

    /// Copies the files that are newer in the source, whole or not at all.
    ///
    /// - Parameter names: Files without a folder; those that are missing are left out.
    /// - Returns: The names of those that were copied.
    package func copy(_ names: [String]) -> [String] {
        names.filter { name in
            guard let made = Self.modified(source + "/" + name) else { return false }
            if let last = Self.modified(target + "/" + name), last >= made { return false }
            return copy(name)
        }
    }

    private func copy(_ name: String) -> Bool {
        let input = open(source + "/" + name, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { return false }
        defer { close(input) }
        let draft = target + "/" + name + ".new"
        let output = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard output >= 0 else { return false }
        defer { close(output) }
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(input, &part, part.count)
            if count == 0 { return rename(draft, target + "/" + name) == 0 }
            guard count > 0, write(output, part, count) == count else {
                unlink(draft)
                return false
            }
        }
    }

    /// Nanoseconds since 1970, or `nil` where there is no such file.
    private static func modified(_ path: String) -> Int64? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}
