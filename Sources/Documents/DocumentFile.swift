import Execution
import Glibc

/// Why the text of a file cannot be had.
package enum DocumentFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system's error number.
    case system(Int32)
    case notAFile
    case tooLarge(maximumBytes: Int)
    case notUTF8
    /// A text in another encoding, by the name that iconv knows it by.
    case encoded(String)

    package var description: String {
        switch self {
        case .system(let number): "cannot be read: \(SystemError.text(number))"
        case .notAFile: "is not a file"
        case .tooLarge(let bytes): "is larger than \(ByteCountText.text(bytes))"
        case .notUTF8: "is not a text in UTF-8"
        case .encoded: reason(for: "FILE")
        }
    }

    /// What is wrong with a file, and where that helps the command that mends it.
    package func reason(for file: String) -> String {
        guard case .encoded(let name) = self else { return description }
        return "is not in UTF-8 but, it seems, in \(name); convert it: "
            + "`iconv -f \(name) -t UTF-8 '\(file)' > utf8.yaml`"
    }
}

/// Reads small files whole.
package enum DocumentFile {
    /// The text of a file.
    ///
    /// Blocks for as long as the file system does, but never on a pipe or a device.
    package static func text(
        path: String, maximumBytes: Int
    ) throws(DocumentFileError) -> String {
        let bytes = try bytes(path: path, maximumBytes: maximumBytes)
        guard let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains("\0")
        else { throw TextEncoding.guess(bytes).map { .encoded($0) } ?? .notUTF8 }
        return text
    }

    /// The bytes of a file.
    package static func bytes(
        path: String, maximumBytes: Int
    ) throws(DocumentFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        guard status.st_size <= maximumBytes else { throw .tooLarge(maximumBytes: maximumBytes) }
        return try bytes(of: descriptor, maximumBytes: maximumBytes)
    }

    /// The text that can be read from a descriptor, to its end. Blocks as long as it does not end.
    package static func text(
        of descriptor: CInt, maximumBytes: Int
    ) throws(DocumentFileError) -> String {
        let bytes = try bytes(of: descriptor, maximumBytes: maximumBytes)
        guard let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains("\0")
        else { throw TextEncoding.guess(bytes).map { .encoded($0) } ?? .notUTF8 }
        return text
    }

    private static func bytes(
        of descriptor: CInt, maximumBytes: Int
    ) throws(DocumentFileError) -> [UInt8] {
        // The size is only a hint: the file may grow while it is read.
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= maximumBytes {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(errno) }
            bytes += chunk[..<count]
        }
        throw .tooLarge(maximumBytes: maximumBytes)
    }
}

/// In what encoding bytes are that are not in UTF-8.
enum TextEncoding {
    /// The name that iconv knows it by; `nil` where it cannot be told.
    static func guess(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            return "UTF-32"
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return "UTF-16"
        }
        // Without a mark: most of a document is ASCII, of which every other byte is zero.
        let head = bytes.prefix(1_024)
        let (even, odd) = head.enumerated().reduce(into: (0, 0)) { zeros, byte in
            if byte.element == 0 { if byte.offset % 2 == 0 { zeros.0 += 1 } else { zeros.1 += 1 } }
        }
        if odd > head.count / 4, even == 0 { return "UTF-16LE" }
        if even > head.count / 4, odd == 0 { return "UTF-16BE" }
        if bytes.contains(0) { return nil }
        return isGB18030(bytes) ? "GB18030" : "ISO-8859-1"
    }

    /// Whether all bytes above ASCII come as the pairs and fours of GBK and GB 18030, and most of
    /// the pairs are of its common Chinese characters.
    private static func isGB18030(_ bytes: [UInt8]) -> Bool {
        var index = 0
        var (pairs, common) = (0, 0)
        while index < bytes.count {
            guard bytes[index] >= 0x80 else {
                index += 1
                continue
            }
            guard (0x81...0xFE).contains(bytes[index]), index + 1 < bytes.count else {
                return false
            }
            if (0x30...0x39).contains(bytes[index + 1]) {
                index += 4
                continue
            }
            guard bytes[index + 1] >= 0x40, bytes[index + 1] != 0x7F, bytes[index + 1] != 0xFF
            else {
                return false
            }
            pairs += 1
            // Source: GB 2312, rows 1 to 87, both bytes from A1.
            if (0xA1...0xF7).contains(bytes[index]), bytes[index + 1] >= 0xA1 { common += 1 }
            index += 2
        }
        return pairs > 0 && common * 2 > pairs
    }
}
