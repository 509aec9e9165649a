import Glibc

/// Asks a running simulation something over its control socket.
package enum ControlClient {
    /// Sends one line, and returns what the simulation answers. Blocks for at most some seconds.
    package static func ask(_ line: String, at path: String) throws(ControlError) -> String {
        let descriptor = try connect(path).get()
        defer { close(descriptor) }
        UnixSocket.setTimeout(descriptor, seconds: 5)
        guard UnixSocket.sendAll("\(line)\n".utf8, to: descriptor),
            let bytes = UnixSocket.receive(from: descriptor, untilLineEnd: false, limit: 1 << 26)
        else { throw .noAnswer(path: path) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func connect(_ path: String) -> Result<CInt, ControlError> {
        let descriptor = UnixSocket.make()
        guard descriptor >= 0 else { return .failure(.socket(path: path, errno: errno)) }
        let status = UnixSocket.withAddress(path) { Glibc.connect(descriptor, $0, $1) }
        guard let status else {
            close(descriptor)
            return .failure(.pathTooLong(path))
        }
        guard status == 0 else {
            let reason = errno
            close(descriptor)
            return .failure(.socket(path: path, errno: reason))
        }
        return .success(descriptor)
    }
}
