import Glibc
import MQTT
import Telemetry

/// One address at which a broker may be reached.
struct BrokerAddress {
    private var storage: sockaddr_storage
    private let length: socklen_t

    /// Asks the resolver. Blocks for as long as that takes.
    static func resolve(_ settings: MQTTConnectionSettings) throws(UplinkFault) -> [BrokerAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(settings.host, "\(settings.port)", &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else {
            throw .unreachable(
                "\(settings.host) is not found: \(String(cString: gai_strerror(status)))")
        }
        var addresses: [BrokerAddress] = []
        var next = list
        while let entry = next?.pointee, addresses.count < 8 {
            var storage = sockaddr_storage()
            memcpy(&storage, entry.ai_addr, Int(entry.ai_addrlen))
            addresses.append(BrokerAddress(storage: storage, length: entry.ai_addrlen))
            next = entry.ai_next
        }
        return addresses
    }

    /// Begins to connect, without waiting.
    ///
    /// - Throws: The error number of the system.
    func connect() throws(SocketError) -> BrokerSocket {
        let descriptor = socket(
            CInt(storage.ss_family), CInt(SOCK_STREAM.rawValue) | Self.flags, 0)
        guard descriptor >= 0 else { throw SocketError(number: errno) }
        let made = BrokerSocket(descriptor)
        var storage = storage
        let status = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, length)
            }
        }
        guard status == 0 || errno == EINPROGRESS else { throw SocketError(number: errno) }
        return made
    }

    private static let flags =
        CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
}
