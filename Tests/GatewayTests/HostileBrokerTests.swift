import Glibc
import MaintenanceAPI
import TestSupport
import Testing

extension GatewayTests {
    /// The whole gateway against a broker that means harm: what is behind the doors goes on.
    @Suite(.enabled(if: access("/usr/sbin/mosquitto", X_OK) == 0, "needs mosquitto"))
    struct HostileBrokerTests {
        struct Hostility: CustomTestStringConvertible {
            var testDescription: String
            /// What `linli deliveries` says of it.
            var words: String
            var version: String
            var script: @Sendable (HostileConnection) -> Void
        }

        static let hostilities = [
            // libmosquitto 2.0 aborts at it.
            Hostility(
                testDescription: "an unknown property", words: "sent a malformed PUBLISH",
                version: "5"
            ) {
                $0.welcome(5)
                $0.send([0x30, 6, 0, 1, 0x61, 2, 0x7E, 0])
                $0.fallSilent()
            },
            Hostility(
                testDescription: "answers without end",
                words: "sends PUBACK without end for what was never sent to it", version: "3.1.1"
            ) {
                $0.welcome(4)
                $0.sendForever([0x40, 2, 0x77, 0x77])
            },
            Hostility(
                testDescription: "a message of 200 MB", words: "the broker closed the connection",
                version: "3.1.1"
            ) {
                $0.welcome(4)
                $0.sendLargeMessage()
            },
            Hostility(
                testDescription: "silence", words: "sent no CONNACK for 10 s", version: "3.1.1"
            ) {
                $0.fallSilent()
            },
        ]

        @Test(arguments: hostilities)
        func `A broker that means harm ends its connection and nothing else`(
            _ hostility: Hostility
        ) async throws {
            try await Scene.run { scene in
                let (port, broker) = (try Scene.freePort(), try Scene.freePort())
                try scene.write(
                    buses: ["b: {tcp: \"127.0.0.1:\(port)\"}"],
                    devices: [
                        "relays: {profile: waveshare-modbus-rtu-relay-8, bus: b, unit: 2, "
                            + "every: 200ms, read: [input.1]}"
                    ],
                    mechanisms: [
                        "doors:",
                        "  entrance: {strike: relays/relay.3, contact: relays/input.1}",
                        "destinations:",
                        "  city:",
                        "    mqtt: {url: \"mqtt://127.0.0.1:\(broker)\", "
                            + "version: \(hostility.version)}",
                        "    format: linli-json",
                        "    share: everything",
                    ])
                _ = try await scene.startDevices()
                var daemon: Program?
                try await HostileBroker.run(at: broker, hostility.script) { _ in
                    daemon = try await scene.startDaemon()
                    try await eventually("the reason is told") {
                        let reports: [DeliveryReport] = try await scene.ask("deliveries")
                        return reports.first?.lastFault?.contains(hostility.words) == true
                    }
                    #expect(try await scene.linli(["doors", "release", "entrance"]).exitCode == 0)
                }
                let gateway = try #require(daemon)
                #expect(gateway.isRunning, "\(gateway.complaints)")
                #expect(try Self.mostMegabytes(of: gateway.process) < 100)

                _ = try await scene.startCity(port: broker, destination: "city")
                try await eventually("an honest broker is taken") {
                    let reports: [DeliveryReport] = try await scene.ask("deliveries")
                    return reports.first?.isConnected == true
                }
                try await eventually("the city hears why it got nothing") {
                    let messages = File.text(of: scene.folder + "/city/messages.bin")
                    return messages.contains("delivery.interrupted")
                        && messages.contains(hostility.words)
                }
                gateway.signal(SIGTERM)
                #expect(try await gateway.exitCode() == 0)
            }
        }

        /// The most memory that a program has had resident.
        static func mostMegabytes(of process: pid_t) throws -> Int {
            let file = try #require(fopen("/proc/\(process)/status", "r"))
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, CInt(line.count), file) != nil {
                let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
                    .split { $0.isWhitespace }
                guard words.count == 3, words[0] == "VmHWM:" else { continue }
                return try #require(Int(words[1])) >> 10
            }
            return try #require(nil as Int?, "the kernel does not tell")
        }
    }
}
