import Execution
import Glibc
import LinuxSystem
import Modbus
import ModbusTransport
import Synchronization

/// A Modbus TCP server on loopback that behaves as its script says, one thread a connection.
final class ScriptedServer: Sendable {
    /// One request as it came.
    struct Request: Sendable {
        let transaction: UInt16
        let unit: UInt8
        let pdu: [UInt8]

        /// The honest answer of registers that hold their own address, and of writes.
        var answer: [UInt8] {
            guard pdu[0] == 3 else { return Array(pdu.prefix(5)) }
            let address = UInt16(pdu[1]) << 8 | UInt16(pdu[2])
            let words = (0..<UInt16(pdu[4])).flatMap { offset in
                let word = address + offset
                return [UInt8(word >> 8), UInt8(word & 0xFF)]
            }
            return [3, UInt8(words.count)] + words
        }

        var frame: [UInt8] { frame(answer) }

        func frame(
            _ pdu: [UInt8], transaction: UInt16? = nil, unit: UInt8? = nil
        ) -> [UInt8] {
            TCPFrame(
                transaction: transaction ?? self.transaction,
                unit: UnitIdentifier(unit ?? self.unit), pdu: pdu
            ).encoded
        }
    }

    /// One connection, as its script sees it.
    final class Connection {
        /// Counted from 1.
        let number: Int
        fileprivate let descriptor: Int32

        fileprivate init(number: Int, descriptor: Int32) {
            self.number = number
            self.descriptor = descriptor
        }

        /// The next request; `nil` once the client has closed.
        func request() -> Request? {
            guard let header = exactly(7) else { return nil }
            guard let pdu = exactly(Int(header[5]) - 1) else { return nil }
            return Request(
                transaction: UInt16(header[0]) << 8 | UInt16(header[1]), unit: header[6], pdu: pdu)
        }

        func send(_ bytes: some Sequence<UInt8>) {
            let bytes = Array(bytes)
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        func pause(_ milliseconds: UInt32) { usleep(milliseconds * 1_000) }

        private func exactly(_ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            var have = 0
            while have < count {
                let more = bytes.withUnsafeMutableBytes {
                    recv(descriptor, $0.baseAddress! + have, count - have, 0)
                }
                guard more > 0 else { return nil }
                have += more
            }
            return bytes
        }
    }

    let port: UInt16
    private let listener: Int32
    private let accepted = Atomic<Int>(0)

    /// How many connections were taken.
    var connections: Int { accepted.load(ordering: .relaxed) }

    init(_ script: @escaping @Sendable (Connection) -> Void) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let number = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0 && listen(listener, 8) == 0)
                precondition(getsockname(listener, $0, &length) == 0)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        port = number
        SystemThread.start("server") { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                guard let count = self?.count() else {
                    close(descriptor)
                    return
                }
                SystemThread.start("connection") {
                    script(Connection(number: count, descriptor: descriptor))
                    close(descriptor)
                }
            }
        }
    }

    private func count() -> Int { accepted.add(1, ordering: .relaxed).newValue }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

/// A bus on a scripted server, for as long as the body runs.
func withScriptedBus(
    policy: ConnectionPolicy = ConnectionPolicy(),
    _ script: @escaping @Sendable (ScriptedServer.Connection) -> Void,
    _ body: (ModbusBus, ScriptedServer) async throws -> Void
) async throws {
    let server = ScriptedServer(script)
    let bus = ModbusBus(
        name: "test", link: .tcp(host: "127.0.0.1", port: server.port), policy: policy,
        time: .system, executor: ThreadExecutor(name: "bus"), seed: 1)
    try await body(bus, server)
    await bus.close()
}
