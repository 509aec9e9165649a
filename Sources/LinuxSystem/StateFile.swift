import Execution
import Glibc

/// A small file in the state folder that is replaced as a whole, and is either the old or the new
/// one after a power cut.
package struct StateFile: Sendable {
    package let path: String

    /// The most a file may hold: far above what is kept in one.
    package static let sizeLimit = 1 << 20

    package init(path: String) {
        self.path = path
    }

    /// What the file holds; `nil` where there is none.
    package func read() throws(StateFileError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw StateFileError(path: path, errno: errno)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= Self.sizeLimit {
            let count = Glibc.read(file, &part, part.count)
            guard count >= 0 else { throw StateFileError(path: path, errno: errno) }
            if count == 0 { return bytes }
            bytes += part[..<count]
        }
        throw StateFileError(path: path, errno: EFBIG)
    }

    /// Replaces the file. Durable when this returns; it blocks until then.
    package func write(_ bytes: [UInt8]) throws(StateFileError) {
        let draft = path + ".new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StateFileError(path: draft, errno: errno) }
        var rest = bytes[...]
        var failure: Int32 = 0
        while !rest.isEmpty, failure == 0 {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else { failure = errno }
        }
        if failure == 0, fsync(file) != 0 { failure = errno }
        close(file)
        if failure == 0, rename(draft, path) != 0 { failure = errno }
        guard failure == 0 else {
            unlink(draft)
            throw StateFileError(path: path, errno: failure)
        }
        syncFolder()
    }

    /// Makes the new name durable too.
    private func syncFolder() {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Why a state file cannot be read or written.
package struct StateFileError: Error, Hashable, CustomStringConvertible {
    package let path: String
    /// The system's error number.
    package let errno: Int32

    package var description: String { "\(path): \(SystemError.text(errno))" }
}
