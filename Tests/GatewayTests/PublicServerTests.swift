import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    /// Servers of pymodbus, which this project did not write.
    @Suite struct PublicServerTests {
        static let python = getenv("LINLI_TEST_PYTHON").map { String(cString: $0) }
        static let script =
            #filePath.split(separator: "/").dropLast()
            .map { "/" + $0 }.joined() + "/public_server.py"

        /// The values of `public_server.py`, as they are read: to the profile's resolution.
        static let values = [
            "voltage.l1": "230.5", "current.l1": "4.25", "power.active.total": "975",
            "power.reactive.total": "-93.8", "frequency": "49.98",
            "energy.active.import.total": "1234.5", "energy.active.export.total": "0.125",
            "energy.active.sum.total": "1234.625",
        ]

        @Test(
            .enabled(if: python != nil, "LINLI_TEST_PYTHON names no python with pymodbus"),
            arguments: ["tcp", "rtu"])
        func `A public server is read correctly`(kind: String) async throws {
            let python = try #require(Self.python)
            try await Scene.run { scene in
                let port = try Scene.freePort()
                let place = kind == "tcp" ? "\(port)" : scene.folder + "/tty"
                let server = try scene.start([python, Self.script, kind, place])
                try await eventually("the server is ready") {
                    try #require(server.isRunning, "the server ended: \(server.complaints)")
                    return server.output.contains("ready")
                }
                try scene.write(
                    buses: [
                        kind == "tcp"
                            ? "b: {tcp: \"127.0.0.1:\(port)\"}"
                            : "b: {serial: \(place), baudRate: 9600, parity: none}"
                    ],
                    devices: ["meter: {profile: eastron-sdm120, bus: b, unit: 5, every: 1s}"])
                _ = try await scene.startDaemon()
                try await expectValues(in: scene)
                try await expectRegisters(in: scene)
                let device = try await scene.device("meter")
                #expect(device.state == .answering)
                #expect(device.counters.badFrames == 0)
            }
        }

        private func expectValues(in scene: Scene) async throws {
            for (point, value) in Self.values {
                // Polled.
                try await eventually("\(point) is in the cache") {
                    try await !scene.goodSamples(of: "meter/\(point)").isEmpty
                }
                let samples = try await scene.goodSamples(of: "meter/\(point)")
                #expect(Set(samples.map(\.value)) == [value], "\(point)")
                #expect(Set(samples.map(\.quality)) == ["good"], "\(point)")
                // Read now.
                let reading: PointReading = try await scene.ask("read", "meter/\(point)")
                #expect(reading.value == value, "\(point)")
                #expect(reading.isGood)
            }
        }

        private func expectRegisters(in scene: Scene) async throws {
            let place = ["modbus", "read", "--bus", "b", "--unit", "5"]
            let holding: ModbusAnswer = try await scene.ask(
                place + ["--table", "holding", "--address", "0", "--count", "4"])
            #expect(holding.registers == [0x1234, 0xABCD, 0xFFFE, 7])
            let input: ModbusAnswer = try await scene.ask(
                place + ["--table", "input", "--address", "0", "--count", "2"])
            #expect(input.registers == [0x4366, 0x8000])  // 230.5
            let coils: ModbusAnswer = try await scene.ask(
                place + ["--table", "coil", "--address", "0", "--count", "3"])
            #expect(coils.bits == [true, false, true])
            let hole = try await scene.linli(
                place + ["--table", "holding", "--address", "5000", "--json"])
            #expect(hole.exitCode == 1)
            #expect(hole.complaints.contains("exception"))
        }
    }
}
