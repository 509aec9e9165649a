import FoundationEssentials
import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// Whatever a request says, the daemon lives and answers.
    @Suite struct ExtremeRequestTests {
        /// A sound body for each route that takes one: each field in turn is then made extreme.
        static let bodies: [String: [(field: String, sound: String)]] = [
            "points/read": [("point", "\"board/relay.1\"")],
            "modbus/read": [
                ("bus", "\"b\""), ("unit", "1"), ("table", "\"holding\""), ("address", "0"),
                ("count", "1"),
            ],
            "modbus/identify": [
                ("bus", "\"b\""), ("unit", "1"),
            ],
            "modbus/write": [
                ("bus", "\"b\""), ("unit", "1"), ("table", "\"coil\""), ("address", "5"),
                ("values", "[0]"),
            ],
            "lockers/work": [
                ("act", "\"release\""), ("bank", "\"east\""), ("compartment", "\"A01\""),
                ("size", "\"small\""), ("code", "\"123456\""), ("by", "\"test\""),
            ],
            "doors/release": [("door", "\"front\""), ("by", "\"test\"")],
            "lights/override": [
                ("circuit", "\"stairs\""), ("level", "100"), ("seconds", "60"), ("by", "\"test\""),
            ],
            "alarms/acknowledge": [("alarm", "\"gas-leak\""), ("by", "\"test\"")],
            "alarms/test": [("alarm", "\"gas-leak\""), ("by", "\"test\"")],
            "valves/turn": [
                ("valve", "\"gas-valve\""), ("isClosing", "true"), ("by", "\"test\""),
            ],
            "chargers/switch": [
                ("charger", "\"charger-1\""), ("isStarting", "false"), ("seconds", "60"),
                ("by", "\"test\""),
            ],
            "reload": [],
        ]

        static let extremes = [
            "1e21", "-1e30", "1e308", "-1e308", "1e-308", "1e999", "9223372036854775807",
            "-9223372036854775808", "9223372036854775808", "18446744073709551616", "4294967296",
            "65536", "-32769", "256", "-1", "0", "0.5", "NaN", "Infinity", "null", "true", "\"\"",
            "\"\\u0000\"", "\"历\"", "\"../../etc/passwd\"", "[]", "{}", "[1e21]", "[-1]",
            "[65536]", "[9223372036854775808]", String(repeating: "[", count: 5_000),
            String(repeating: "{\"a\":", count: 2_000),
            "\"" + String(repeating: "x", count: 60_000) + "\"",
            "[" + Array(repeating: "1", count: 20_000).joined(separator: ",") + "]",
        ]

        @Test func `Every field of every route may be extreme, and doors and alarms live on`()
            async throws
        {
            try await Scene.run { scene in
                try write(scene)
                _ = try await scene.startDevices()
                let daemon = try await scene.startDaemon()
                let client = RawClient(socketPath: scene.socket)
                for (route, fields) in Self.bodies.sorted(by: { $0.key < $1.key }) {
                    for (place, field) in fields.enumerated() {
                        for extreme in Self.extremes {
                            var parts = fields.map { "\"\($0.field)\":\($0.sound)" }
                            parts[place] = "\"\(field.field)\":\(extreme)"
                            let status = try client.post(
                                route, "{" + parts.joined(separator: ",") + "}")
                            let what = "\(route) with \(field.field) \(extreme.prefix(40))"
                            try #require(
                                daemon.isRunning, "\(what) ended linlid: \(daemon.complaints)")
                            #expect((200..<600).contains(status) && status != 500, "\(what)")
                        }
                    }
                    for body in ["", "x", "null", "[]", "0", "{", "\u{FEFF}{}", "{}{}"] {
                        let status = try client.post(route, body)
                        try #require(daemon.isRunning, "\(route) with \(body) ended linlid")
                        #expect((200..<600).contains(status) && status != 500)
                    }
                }
                for query in [
                    "history?point=board/relay.1&from=-9223372036854775808&to=9223372036854775807",
                    "history?point=board/relay.1&from=-62135596800000&to=253402300799999",
                    "history?point=board/relay.1&from=1e21&to=1e30", "lockers/audit?limit=1e21",
                    "lockers/audit?limit=-1", "lockers/audit?limit=9223372036854775807",
                    "watch?point=%00", "watch?point=" + String(repeating: "x", count: 4_000),
                ] {
                    let status = try client.get(query)
                    try #require(daemon.isRunning, "\(query) ended linlid: \(daemon.complaints)")
                    #expect((200..<600).contains(status) && status != 500, "\(query)")
                }
                #expect(try await scene.status.site == "test-site")
                daemon.signal(SIGTERM)
                #expect(try await daemon.exitCode() == 0, "\(daemon.complaints)")
            }
        }

        @Test func `Every route that takes a body is among those tried`() throws {
            let page = File.text(of: Scene.pages + "/MaintenanceAPI.md")
            let documented = page.matches(of: /POST \/v1\/([a-z\/-]+)/).map { String($0.output.1) }
            #expect(!documented.isEmpty)
            #expect(Set(documented).subtracting(Self.bodies.keys) == [])
        }

        private func write(_ scene: Scene) throws {
            let port = try Scene.freePort()
            try scene.write(
                buses: ["b: {tcp: \"127.0.0.1:\(port)\", responseTimeout: 200ms}"],
                devices: [
                    "board: {profile: wb-mr6c, bus: b, unit: 1, every: 200ms}",
                    "others: {profile: wb-mr6c, bus: b, unit: 4, every: 200ms}",
                    "gas-room: {profile: honeywell-raeguard3, bus: b, unit: 2, every: 200ms}",
                    "charger-1: {profile: heidelberg-energy-control, bus: b, unit: 3, every: 1s}",
                ],
                mechanisms: [
                    "lockers:",
                    "  east: {compartments: {A01: {strike: board/relay.1, contact: board/input.1, "
                        + "size: small}}}",
                    "doors:",
                    "  front: {strike: board/relay.2, contact: board/input.2}",
                    "lighting:",
                    "  stairs: {circuit: board/relay.3, control: []}",
                    "valves:",
                    "  gas-valve: {close: board/relay.4, closed: board/input.3}",
                    "alarms:",
                    "  gas-leak: {when: {point: gas-room/gas.concentration, above: 10}, "
                        + "then: [{close: gas-valve}]}",
                    "charging:",
                    "  garage: {limit: 16, maximum: 16, chargers: [charger-1]}",
                ])
        }
    }
}

/// Sends requests as they are written, right or wrong: a client that checks nothing.
struct RawClient {
    let socketPath: String

    /// - Returns: The status of the answer; 0 where the server closed without one.
    func post(_ route: String, _ body: String) throws -> Int {
        try exchange(
            "POST /v1/\(route) HTTP/1.1\r\nHost: linlid\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                + body)
    }

    func get(_ route: String) throws -> Int {
        try exchange("GET /v1/\(route) HTTP/1.1\r\nHost: linlid\r\nConnection: close\r\n\r\n")
    }

    private func exchange(_ request: String) throws -> Int {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(connected == 0, "nobody listens at \(socketPath)")
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }  // Refused before it was read to its end.
            rest = rest.dropFirst(count)
        }
        // A watch never ends by itself: the status line is enough.
        var answer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &answer, answer.count, 0)
        let line = String(decoding: answer.prefix(max(0, count)), as: UTF8.self)
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
