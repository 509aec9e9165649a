import Execution
import MaintenanceAPI
import Modbus
import Testing

@Suite struct ModbusExchangeTests {
    @Test func readsBecomeOneRequest() throws {
        let exchange = try ModbusReadRequest(
            bus: "riser-1", unit: 11, table: "input", address: 65_411, count: 125
        ).exchange()
        #expect(exchange.request == .read(RegisterRange(.input, at: 65_411, count: 125)))
        #expect(exchange.unit == UnitIdentifier(11))
        #expect(exchange.bus == "riser-1")
    }

    @Test(arguments: [
        ("holding", [7], ModbusRequest.writeRegister(address: 4, 7)),
        ("holding", [-1], .writeRegister(address: 4, 65_535)),
        ("holding", [7, -32_768], .writeRegisters(address: 4, [7, 32_768])),
        ("coil", [1], .writeCoil(address: 4, true)),
        ("coil", [1, 0], .writeCoils(address: 4, [true, false])),
    ])
    func writesChooseTheirFunction(table: String, values: [Int], expected: ModbusRequest) throws {
        let write = ModbusWriteRequest(
            bus: "b", unit: 0, table: table, address: 4, values: values)
        #expect(try write.exchange().request == expected)
    }

    @Test(arguments: [
        ModbusReadRequest(bus: "b", unit: 0, table: "input", address: 0, count: 1),
        ModbusReadRequest(bus: "b", unit: 256, table: "input", address: 0, count: 1),
        ModbusReadRequest(bus: "b", unit: -1, table: "input", address: 0, count: 1),
        ModbusReadRequest(bus: "b", unit: 1, table: "inputs", address: 0, count: 1),
        ModbusReadRequest(bus: "b", unit: 1, table: "input", address: 0, count: 0),
        ModbusReadRequest(bus: "b", unit: 1, table: "input", address: 0, count: 126),
        ModbusReadRequest(bus: "b", unit: 1, table: "coil", address: 0, count: 2_001),
        ModbusReadRequest(bus: "b", unit: 1, table: "input", address: 65_535, count: 2),
        ModbusReadRequest(bus: "b", unit: 1, table: "input", address: -1, count: 1),
        ModbusReadRequest(bus: "b", unit: 1, table: "input", address: .max, count: 1),
    ])
    func refusesSenselessReads(read: ModbusReadRequest) {
        #expect { try read.exchange() } throws: { ($0 as? Problem)?.isOf(.badRequest) == true }
    }

    @Test(arguments: [
        ModbusWriteRequest(bus: "b", unit: 1, table: "input", address: 0, values: [1]),
        ModbusWriteRequest(bus: "b", unit: 1, table: "discrete", address: 0, values: [1]),
        ModbusWriteRequest(bus: "b", unit: 1, table: "holding", address: 0, values: []),
        ModbusWriteRequest(bus: "b", unit: 1, table: "holding", address: 0, values: [65_536]),
        ModbusWriteRequest(bus: "b", unit: 1, table: "holding", address: 0, values: [-32_769]),
        ModbusWriteRequest(bus: "b", unit: 1, table: "coil", address: 0, values: [2]),
        ModbusWriteRequest(
            bus: "b", unit: 1, table: "holding", address: 0, values: Array(repeating: 1, count: 124)
        ),
        ModbusWriteRequest(bus: "b", unit: 1, table: "coil", address: 65_535, values: [1, 1]),
    ])
    func refusesSenselessWrites(write: ModbusWriteRequest) {
        #expect { try write.exchange() } throws: { ($0 as? Problem)?.isOf(.badRequest) == true }
    }

    @Test(arguments: [
        (ModbusError.timeout(busTime: .milliseconds(500)), Problem.Kind.noAnswer, "500 ms"),
        (.exception(.illegalDataAddress), .badAnswer, "exception 2 (illegal data address)"),
        (.exception(ModbusException(rawValue: 99)), .badAnswer, "exception 99"),
        (.corrupt(.checksum), .badAnswer, "wrong checksum"),
        (.disconnected(errno: 111), .busUnavailable, "Connection refused"),
        (.queueFull, .busUnavailable, "too many"),
        (.cancelled, .notReady, "restarted"),
    ])
    func failuresSayWhatHappened(error: ModbusError, kind: Problem.Kind, words: String) throws {
        let exchange = try ModbusReadRequest(
            bus: "riser-1", unit: 11, table: "input", address: 0, count: 1
        ).exchange()
        let problem = Problem(error, in: exchange)
        #expect(problem.isOf(kind))
        #expect(problem.detail.contains(words))
        #expect(problem.detail.contains("riser-1"))
    }
}
