import Execution
internal import CLinux
import Glibc

/// A TCP socket that listens on an address of this machine's loopback. Closes with its value.
struct ListeningSocket: ~Copyable {
    let descriptor: CInt
    /// The port in use: where 0 was asked for, the one the system chose.
    let port: UInt16

    /// - Parameter host: A numeric address, IPv4 or IPv6, or `localhost`.
    init(host: String, port: UInt16) throws(ListeningError) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
            throw .address(host)
        }
        defer { freeaddrinfo(list) }
        guard Self.isLoopback(first.pointee) else { throw .notLoopback(host) }
        let descriptor = socket(first.pointee.ai_family, first.pointee.ai_socktype, 0)
        guard descriptor >= 0 else { throw .listen(host: host, port: port, errno: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var yes: CInt = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            listen(descriptor, 128) == 0
        else {
            let reason = errno
            close(descriptor)
            throw .listen(host: host, port: port, errno: reason)
        }
        self.descriptor = descriptor
        self.port = Self.boundPort(descriptor) ?? port
    }

    deinit {
        close(descriptor)
    }

    private static func isLoopback(_ info: addrinfo) -> Bool {
        guard let address = info.ai_addr else { return false }
        if info.ai_family == AF_INET {
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
            }
        }
        return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            withUnsafeBytes(of: $0.pointee.sin6_addr) { bytes in
                bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
            }
        }
    }

    private static func boundPort(_ descriptor: CInt) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer -> UInt16? in
            let status = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
            guard status == 0 else { return nil }
            // The port lies at the same place for IPv4 and IPv6.
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }
}

/// Why a simulated server does not listen.
package enum ListeningError: Error, Hashable {
    case address(String)
    /// A simulation must not be reachable from outside, nor take the place of a real device.
    case notLoopback(String)
    case listen(host: String, port: UInt16, errno: Int32)
}

extension ListeningError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .address(let host): "\(host) is no address of this machine"
        case .notLoopback(let host):
            "\(host) is not a loopback address; simulated servers listen on 127.0.0.0/8 or ::1 only"
        case .listen(let host, let port, let errno):
            "cannot listen on \(host) port \(port): \(SystemError.text(errno))"
        }
    }
}
