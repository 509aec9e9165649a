import Execution
import Glibc

/// The messages a platform has accepted, in a folder: safe on disk before they are
/// acknowledged.
///
/// `messages.bin` holds the bytes of all messages one after another, `keys.log` a line for each:
/// its key and its size. A message counts once its line is complete, so a power cut leaves at
/// most a tail that is cut off at the next start and sent again by the gateway.
package struct MessageStore: ~Copyable {
    private let messages: CInt
    private let keys: CInt
    private var pendingKeys = ""

    /// Opens or creates the store, and hands over the keys it holds.
    package init(
        folder: String, known: (_ key: String) -> Void
    ) throws(MessageStoreError) {
        if mkdir(folder, 0o755) != 0, errno != EEXIST {
            throw .file(path: folder, errno: errno)
        }
        let messages = try Self.open(folder + "/messages.bin")
        let keys: CInt
        do { keys = try Self.open(folder + "/keys.log") } catch {
            close(messages)
            throw error
        }
        do { try Self.recover(messages: messages, keys: keys, known: known) } catch {
            close(messages)
            close(keys)
            throw error
        }
        self.messages = messages
        self.keys = keys
    }

    /// Reads the keys, and cuts off a torn line and the message whose line never came.
    private static func recover(
        messages: CInt, keys: CInt, known: (String) -> Void
    ) throws(MessageStoreError) {
        var size: Int64 = 0
        var complete = 0
        let text = try contents(of: keys)
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            complete += line.count + 1
            let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard parts.count == 2, let bytes = Int64(parts[1]) else { throw .damaged }
            size += bytes
            known(String(parts[0]))
        }
        guard ftruncate(keys, complete) == 0, ftruncate(messages, Int(size)) == 0 else {
            throw .file(path: "keys.log", errno: errno)
        }
        lseek(keys, 0, SEEK_END)
        lseek(messages, 0, SEEK_END)
    }

    deinit {
        close(messages)
        close(keys)
    }

    /// Takes a message; it is safe after the next ``commit()``.
    package mutating func append(key: String, message: [UInt8]) throws(MessageStoreError) {
        try Self.write(message, to: messages)
        pendingKeys += "\(key) \(message.count)\n"
    }

    /// Makes all that was appended safe: first the bytes, then the lines that name them.
    package mutating func commit() throws(MessageStoreError) {
        guard !pendingKeys.isEmpty else { return }
        guard fdatasync(messages) == 0 else { throw .file(path: "messages.bin", errno: errno) }
        try Self.write(Array(pendingKeys.utf8), to: keys)
        guard fdatasync(keys) == 0 else { throw .file(path: "keys.log", errno: errno) }
        pendingKeys = ""
    }

    private static func open(_ path: String) throws(MessageStoreError) -> CInt {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
        return descriptor
    }

    private static func contents(of descriptor: CInt) throws(MessageStoreError) -> [UInt8] {
        var contents: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            guard count >= 0 else { throw .file(path: "keys.log", errno: errno) }
            if count == 0 { return contents }
            contents += bytes[..<count]
        }
    }

    private static func write(
        _ bytes: [UInt8], to descriptor: CInt
    ) throws(MessageStoreError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .file(path: "the message store", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }
}

/// Why messages cannot be stored.
package enum MessageStoreError: Error, Hashable {
    case file(path: String, errno: Int32)
    /// `keys.log` is not a list of keys.
    case damaged
}

extension MessageStoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let path, let errno): "\(path): \(SystemError.text(errno))"
        case .damaged: "keys.log is not a list of keys; move the store away to begin anew"
        }
    }
}
