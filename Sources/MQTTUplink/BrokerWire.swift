import Telemetry

/// The bytes of one connection on their way: what the socket has not taken yet, and what it brought,
/// by way of TLS where there is one. Belongs to one thread.
final class BrokerWire {
    let socket: BrokerSocket
    let channel: SecureChannel?
    /// What was read at once, as it came, and decrypted.
    private(set) var buffer = [UInt8](repeating: 0, count: chunk)
    private(set) var plain: [UInt8]
    /// What is to go over the wire, and how much of it is there.
    private var output: [UInt8] = []
    private var written = 0
    /// Bytes of TLS since the last that held something.
    private var barren = 0

    /// What is read at once.
    private static let chunk = 1 << 14

    init(_ socket: BrokerSocket, _ channel: SecureChannel?) {
        self.socket = socket
        self.channel = channel
        plain = channel == nil ? [] : [UInt8](repeating: 0, count: Self.chunk)
    }

    // MARK: - In

    /// Reads what has come into ``buffer``.
    ///
    /// - Throws: Why the connection is lost.
    func read() throws(SocketError) -> BrokerSocket.Received {
        try socket.read(into: &buffer)
    }

    /// Hands bytes of ``buffer`` to TLS.
    ///
    /// - Throws: Where the broker has TLS work through too much that holds nothing.
    func pass(
        _ count: Int, to channel: SecureChannel, _ settings: MQTTConnectionSettings
    ) throws(UplinkFault) {
        channel.receive(buffer[..<count])
        barren += count
        guard barren <= ReceivingLimits.barrenBytes else {
            throw settings.fault(.barren, isGreeted: true)
        }
    }

    /// Decrypts into ``plain``.
    ///
    /// - Returns: How many bytes; 0 where no more is there, `nil` where the broker has ended.
    /// - Throws: Why TLS has failed.
    func decrypt(by channel: SecureChannel) throws(UplinkFault) -> Int? {
        let count = try channel.read(into: &plain)
        if let count, count > 0 { barren = 0 }
        return count
    }

    // MARK: - Out

    var hasWrittenAll: Bool { written == output.count }

    /// Writes as far as the system takes it.
    ///
    /// - Returns: Whether that was all.
    /// - Throws: Why the connection is lost.
    func write() throws(SocketError) -> Bool {
        while !hasWrittenAll {
            let count = try socket.write(output[written...])
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Takes what is to be written next, where all before it has been.
    ///
    /// - Throws: Why TLS has failed.
    func refill(with said: [UInt8]) throws(UplinkFault) {
        written = 0
        guard let channel else {
            output = said
            return
        }
        output.removeAll(keepingCapacity: output.capacity <= 1 << 16)
        defer { encrypt(by: channel) }
        try channel.write(said[...])
    }

    /// Takes what TLS wants sent.
    private func encrypt(by channel: SecureChannel) {
        while true {
            let count = channel.takeOutput(into: &buffer)
            guard count > 0 else { return }
            output += buffer[..<count]
        }
    }
}
