import Testing

extension GatewayTests {
    @Suite struct DirectReadTests {
        @Test func `A device is read over TCP without a daemon`() async throws {
            try await Scene.run { scene in
                let (tcp, rtu) = (try Scene.freePort(), try Scene.freePort())
                try scene.write(
                    buses: [
                        "t: {tcp: \"127.0.0.1:\(tcp)\"}", "r: {rtuOverTCP: \"127.0.0.1:\(rtu)\"}",
                    ],
                    devices: [
                        "a: {profile: eastron-sdm120, bus: t, unit: 1}",
                        "b: {profile: eastron-sdm120, bus: r, unit: 2}",
                    ])
                _ = try await scene.startDevices()
                let rest = ["--table", "input", "--address", "0", "--count", "2"]
                let read = ["modbus", "read"] + rest
                let first = try await scene.linli(
                    read + ["--tcp", "127.0.0.1:\(tcp)", "--unit", "1"])
                #expect(first.exitCode == 0, "\(first.complaints)")
                #expect(first.output.contains("ADDRESS  HEX"))
                let second = try await scene.linli(
                    read + ["--rtu-over-tcp", "127.0.0.1:\(rtu)", "--unit", "2", "--json"])
                #expect(second.exitCode == 0, "\(second.complaints)")
                #expect(second.output.contains("\"registers\":["))
                let nobody = try await scene.linli(
                    read + ["--tcp", "127.0.0.1:\(tcp)", "--unit", "9", "--timeout", "200"])
                #expect(nobody.exitCode == 1)
                let missing = try await scene.linli(
                    read + ["--serial", "/dev/ttyNOWHERE", "--unit", "9"])
                #expect(missing.exitCode == 1)
                #expect(missing.complaints.contains("No such file or directory"))
            }
        }

        @Test func `A port that the daemon has is refused, and its bus named`() async throws {
            try await Scene.run { scene in
                try scene.write(
                    buses: ["riser: {serial: /dev/ttyNOWHERE, baudRate: 9600, parity: none}"],
                    devices: ["a: {profile: chint-ddsu666, bus: riser, unit: 1}"])
                _ = try await scene.startDaemon()
                let refused = try await scene.linli([
                    "modbus", "read", "--serial", "/dev/ttyNOWHERE", "--unit", "1", "--address",
                    "0",
                ])
                #expect(refused.exitCode == 1)
                #expect(refused.complaints.contains("is the bus riser of the linlid that runs"))
                #expect(refused.complaints.contains("`linli modbus read --bus riser`"))
            }
        }
    }
}
