import Glibc
import MQTT
@testable import MQTTUplink
import TestSupport
import Testing

extension HostileBroker {
    /// How the gateway connects to it: patient with a slow machine, not with a silent broker.
    static func settings(_ port: UInt16, _ version: ProtocolVersion) -> MQTTConnectionSettings {
        MQTTConnectionSettings(
            BrokerAccess(host: "127.0.0.1", port: port, version: version, clientID: "gateway"),
            connectTimeout: .seconds(20), answerTimeout: .milliseconds(400))
    }
}

/// Runs `body`, which may cost some memory, though not as much as a large message.
func confirmModest(_ body: () async throws -> Void) async throws {
    // Else what an earlier test needed at its height would hide what this one needs.
    try resetPeakMemory()
    let before = try peakMemory()
    try await body()
    #expect(try peakMemory() - before < 32 << 20)
}

/// From now on the peak is that of the memory in use now (proc(5), `clear_refs`).
private func resetPeakMemory() throws {
    let file = try #require(fopen("/proc/self/clear_refs", "w"))
    defer { fclose(file) }
    try #require(fputs("5", file) >= 0)
}

/// The most memory that was resident since, in bytes (proc(5), `VmHWM`).
private func peakMemory() throws -> Int {
    let file = try #require(fopen("/proc/self/status", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, CInt(line.count), file) != nil {
        let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            .split { $0.isWhitespace }
        if words.first == "VmHWM:", words.count > 1, let size = Int(words[1]) { return size << 10 }
    }
    throw Unreadable()
}

private struct Unreadable: Error {}
