import Execution
import Modbus
import Simulation
import Testing

@Suite struct SimulatedServerTests {
    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func libmodbusReadsAndWrites(host: String) async throws {
        try await withServer([.sample(unit: 1), .sample(unit: 200)], host: host) { server in
            let client = try LibmodbusClient(.tcp(host: host, port: server.port))
            #expect(
                try await client.readInput(0, count: 20, unit: 200) == (0..<20).map { $0 * 200 })
            try await client.write(100, [9, 8, 7], unit: 1)
            #expect(try await client.readHolding(99 + 1, count: 4, unit: 1) == [9, 8, 7, 3])
            try await client.write(15, coil: false, unit: 1)
            #expect(try await client.readCoils(15, count: 1, unit: 1) == [false])
        }
    }

    @Test func manyClientsAreServedAtOnce() async throws {
        let devices = (1...20).map { SimulatedDevice.sample(unit: $0) }
        try await withServer(devices) { server in
            let clients = try (0..<8).map { _ in
                try LibmodbusClient(.tcp(host: "127.0.0.1", port: server.port))
            }
            for (index, client) in clients.enumerated() {
                for unit in 1...20 {
                    let word = try await client.readInput(index + 1, count: 1, unit: unit)
                    #expect(word == [UInt16((index + 1) * unit)])
                }
            }
            #expect(server.report.connections == 8)
            #expect(devices.allSatisfy { $0.counters.requests == 8 && $0.counters.answers == 8 })
        }
    }

    @Test func aUnitThatIsNotThereIsRefusedByTheGateway() async throws {
        try await withServer([.sample(unit: 1)]) { server in
            let client = try LibmodbusClient(.tcp(host: "127.0.0.1", port: server.port))
            await #expect(throws: ClientFault.exception(11)) {
                try await client.readInput(0, count: 1, unit: 2)
            }
        }
    }

    @Test func onlyTheLoopbackListens() {
        #expect(throws: ListeningError.notLoopback("0.0.0.0")) {
            _ = try SimulatedServer(
                host: "0.0.0.0", port: 0, framing: .modbusTCP, devices: [],
                clock: { SimulatedTime(localSeconds: 0) }, executor: ThreadExecutor(name: "no"))
        }
    }

    @Test func rtuFramesOverTCPAreAnswered() async throws {
        let device = SimulatedDevice.sample(unit: 9)
        try await withServer([device], framing: .rtu) { server in
            let connection = try RawConnection(port: server.port)
            let read = RTUFrame(
                unit: UnitIdentifier(9),
                pdu: ModbusRequest.read(RegisterRange(.input, at: 2, count: 3)).encoded)
            let write = RTUFrame(
                unit: UnitIdentifier(9),
                pdu: ModbusRequest.writeRegisters(address: 100, [5, 6]).encoded)
            // Two frames at once, the first cut in two.
            await connection.send(Array(read.encoded.prefix(3)))
            await connection.send(Array(read.encoded.dropFirst(3)) + write.encoded)
            let first = RTUFrame(
                unit: UnitIdentifier(9), pdu: [4, 6, 0, 18, 0, 27, 0, 36])
            let second = RTUFrame(unit: UnitIdentifier(9), pdu: [16, 0, 100, 0, 2])
            let expected = first.encoded + second.encoded
            #expect(await connection.receive(expected.count) == expected)
        }
    }

    @Test func rtuFramesGoOnAfterAWrongChecksum() async throws {
        try await withServer([.sample(unit: 9)], framing: .rtu) { server in
            let connection = try RawConnection(port: server.port)
            let frame = RTUFrame(
                unit: UnitIdentifier(9),
                pdu: ModbusRequest.read(RegisterRange(.input, at: 1, count: 1)).encoded
            ).encoded
            await connection.send(frame.dropLast() + [frame[7] ^ 1])
            await eventually { server.report.unreadable > 0 }
            await connection.send(frame)
            let expected = RTUFrame(unit: UnitIdentifier(9), pdu: [4, 2, 0, 9]).encoded
            #expect(await connection.receive(expected.count) == expected)
        }
    }

    @Test func garbageEndsAConnectionButNotTheServer() async throws {
        try await withServer([.sample(unit: 1)]) { server in
            let connection = try RawConnection(port: server.port)
            await connection.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            #expect(await connection.receive(1).isEmpty)
            let client = try LibmodbusClient(.tcp(host: "127.0.0.1", port: server.port))
            #expect(try await client.readInput(1, count: 1, unit: 1) == [1])
        }
    }
}
