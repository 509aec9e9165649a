import Glibc

/// Why the text of a file cannot be had.
package enum DocumentFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system's error number.
    case system(Int32)
    case notAFile
    case tooLarge(maximumBytes: Int)
    case notUTF8

    package var description: String {
        switch self {
        case .system(let number): "cannot be read: \(String(cString: strerror(number)))"
        case .notAFile: "is not a file"
        case .tooLarge(let bytes): "is larger than \(ByteCountText.text(bytes))"
        case .notUTF8: "is not a text in UTF-8"
        }
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
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
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
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
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
