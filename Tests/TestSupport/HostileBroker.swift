import Execution
import Glibc

/// A broker at a port of the loopback that serves each connection by a script, on threads of its own, for as long as `body`
/// of ``run(_:_:)`` runs.
package final class HostileBroker: Sendable {
    package let port: UInt16
    private let listener: CInt

    package static func run(
        at port: UInt16, _ script: @escaping @Sendable (HostileConnection) -> Void,
        _ body: (HostileBroker) async throws -> Void
    ) async throws {
        let broker = try HostileBroker(port, script)
        do {
            try await body(broker)
        } catch {
            broker.stop()
            throw error
        }
        broker.stop()
    }

    private init(
        _ port: UInt16, _ script: @escaping @Sendable (HostileConnection) -> Void
    ) throws {
        self.port = port
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        // Whoever has the port next must not find it in use.
        var reuse: CInt = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0, Glibc.listen(listener, 4) == 0 else { throw PortTaken() }
        SystemThread.start("hostile") {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                SystemThread.start("hostile") {
                    script(HostileConnection(client))
                    close(client)
                }
            }
        }
    }

    package struct PortTaken: Error {}

    private func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }
}

/// One connection of a ``HostileBroker``. Its calls end where the client has.
package struct HostileConnection: Sendable {
    private let descriptor: CInt

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Reads one packet shorter than 128 bytes; empty where the client has ended.
    @discardableResult
    package func readPacket() -> [UInt8] {
        var header: [UInt8] = [0, 0]
        guard recv(descriptor, &header, 2, CInt(MSG_WAITALL)) == 2 else { return [] }
        var body = [UInt8](repeating: 0, count: Int(header[1]))
        guard recv(descriptor, &body, body.count, CInt(MSG_WAITALL)) == body.count else {
            return []
        }
        return header + body
    }

    /// - Returns: Whether the client still takes something.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress! + sent, $0.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    package func sendForever(_ bytes: [UInt8]) {
        let many = Array(repeating: bytes, count: max(1, 4_096 / bytes.count)).flatMap(\.self)
        while send(many) {}
    }

    /// Accepts the client and its subscription.
    package func welcome(_ version: UInt8) {
        readPacket()
        send(version == 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0])
        let subscribe = readPacket()
        guard subscribe.count > 4 else { return }
        let identifier = Array(subscribe[2..<4])
        send(version == 5 ? [0x90, 4] + identifier + [0, 1] : [0x90, 3] + identifier + [1])
    }

    /// Says nothing more, until the client has ended.
    package func fallSilent() {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while recv(descriptor, &bytes, bytes.count, 0) > 0 {}
    }
}

extension HostileConnection {
    /// Sends a message of 200 MB to a topic of three letters, at QoS 1 under the identifier 7.
    ///
    /// - Parameter first: The first byte of the packet; without an identifier at QoS 0.
    package func sendLargeMessage(_ first: UInt8 = 0x32, properties: [UInt8] = []) {
        let header: [UInt8] =
            [0, 3, 0x61, 0x63, 0x6B] + (first & 6 == 0 ? [] : [0, 7]) + properties
        // A remaining length of 209 715 200.
        send([first, 0x80, 0x80, 0x80, 0x64] + header)
        let part = [UInt8](repeating: 0x2E, count: 1 << 16)
        var left = 209_715_200 - header.count
        while left > 0, send(Array(part.prefix(left))) { left -= part.count }
    }
}
