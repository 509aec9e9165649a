import Glibc
import MQTTUplink
import Testing

/// The broker's end of one plain connection, for packets that mosquitto never sends.
///
/// Its calls block; the uplink has a thread of its own to answer on.
final class ScriptedBroker {
    let port: UInt16
    private let listener: CInt
    private var client: CInt = -1

    init() throws {
        (listener, port) = try TestBroker.listen()
    }

    deinit {
        if client >= 0 { close(client) }
        close(listener)
    }

    /// Takes the next connection and accepts the client with CONNACK.
    func welcome() throws {
        client = accept(listener, nil, nil)
        try #require(try readPacket()[0] == 0x10)
        try send([0x20, 3, 0, 0, 0])
    }

    /// Reads one packet shorter than 128 bytes.
    func readPacket() throws -> [UInt8] {
        var header: [UInt8] = [0, 0]
        try #require(recv(client, &header, 2, CInt(MSG_WAITALL)) == 2)
        var body = [UInt8](repeating: 0, count: Int(header[1]))
        try #require(recv(client, &body, body.count, CInt(MSG_WAITALL)) == body.count)
        return header + body
    }

    func send(_ bytes: [UInt8]) throws {
        try #require(write(client, bytes, bytes.count) == bytes.count)
    }
}
