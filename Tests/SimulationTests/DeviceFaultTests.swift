import Execution
import Modbus
import Simulation
import Testing

/// Every fault, seen from the client's side.
@Suite struct DeviceFaultTests {
    @Test(
        arguments: [
            (.silent, .timeout), (.reset, .timeout),
            (.exception(.serverDeviceFailure), .exception(4)),
            (.corrupt, .badChecksum), (.truncated, .timeout), (.foreignUnit, .badUnit),
            (.slow(.seconds(3)), .timeout), (.late(.seconds(3)...(.seconds(4))), .timeout),
        ] as [(Fault, ClientFault)])
    func aFaultOnALineIsSeen(fault: Fault, expected: ClientFault) async throws {
        let device = SimulatedDevice.sample(unit: 1)
        try await withLine([device, .sample(unit: 2)]) { line in
            let client = try LibmodbusClient(
                .line(path: line.path, baudRate: 115_200))
            #expect(try await client.readInput(1, count: 1, unit: 1) == [1])
            device.set(FaultSetting(fault))
            if expected == .timeout { await client.setTimeout(milliseconds: 300) }
            await #expect(throws: expected) { try await client.readInput(1, count: 1, unit: 1) }
            await eventually { device.counters.faults > 0 }
        }
    }

    @Test(
        arguments: [
            (.silent, .timeout), (.reset, .reset),
            (.exception(.serverDeviceFailure), .exception(4)),
            (.truncated, .timeout),
        ] as [(Fault, ClientFault)])
    func aFaultOverTCPIsSeen(fault: Fault, expected: ClientFault) async throws {
        let device = SimulatedDevice.sample(unit: 1)
        try await withServer([device, .sample(unit: 2)]) { server in
            let client = try LibmodbusClient(
                .tcp(host: "127.0.0.1", port: server.port))
            #expect(try await client.readInput(1, count: 1, unit: 1) == [1])
            device.set(FaultSetting(fault))
            if expected == .timeout { await client.setTimeout(milliseconds: 300) }
            await #expect(throws: expected) { try await client.readInput(1, count: 1, unit: 1) }
            await eventually { device.counters.faults > 0 }
        }
    }

    @Test func aCorruptAnswerOverTCPHasAnotherTransaction() async throws {
        let device = SimulatedDevice.sample(unit: 1)
        device.set(FaultSetting(.corrupt))
        try await withServer([device]) { server in
            let connection = try RawConnection(port: server.port)
            await connection.send([1, 2, 0, 0, 0, 6, 1, 4, 0, 1, 0, 1])
            #expect(await connection.receive(11) == [1 ^ 0xA5, 2, 0, 0, 0, 5, 1, 4, 2, 0, 1])
        }
    }

    @Test func garbageIsNoAnswer() async throws {
        let device = SimulatedDevice.sample(unit: 1)
        device.set(FaultSetting(.garbage))
        try await withLine([device]) { line in
            let client = try LibmodbusClient(
                .line(path: line.path, baudRate: 115_200))
            await client.setTimeout(milliseconds: 300)
            for _ in 0..<5 {
                await #expect(throws: ClientFault.self) {
                    try await client.readInput(1, count: 1, unit: 1)
                }
            }
            // Under load a request may run into the garbage before it, and never reach the device.
            await eventually { device.counters.faults > 0 }
        }
    }

    @Test func aBusyDeviceIsWellAgainAfterItsCount() async throws {
        let device = SimulatedDevice.sample(unit: 1)
        device.set(FaultSetting(.busy(2)))
        try await withServer([device]) { server in
            let client = try LibmodbusClient(.tcp(host: "127.0.0.1", port: server.port))
            for _ in 0..<2 {
                await #expect(throws: ClientFault.exception(6)) {
                    try await client.readInput(1, count: 1, unit: 1)
                }
            }
            #expect(try await client.readInput(1, count: 1, unit: 1) == [1])
            #expect(device.fault.fault == nil)
        }
    }

    @Test func aSlowDeviceDelaysNoOther() async throws {
        let slow = SimulatedDevice.sample(unit: 1)
        slow.set(FaultSetting(.slow(.seconds(1))))
        try await withServer([slow, .sample(unit: 2)]) { server in
            let connection = try RawConnection(port: server.port)
            await connection.send([0, 1, 0, 0, 0, 6, 1, 4, 0, 1, 0, 1])
            await connection.send([0, 2, 0, 0, 0, 6, 2, 4, 0, 1, 0, 1])
            #expect(await connection.receive(11).prefix(2) == [0, 2])
            #expect(await connection.receive(11).prefix(2) == [0, 1])
        }
    }

    @Test func aFaultStrikesOnlyItsShare() {
        let device = SimulatedDevice.sample(unit: 1)
        device.set(FaultSetting(.silent, chance: 0.25))
        let request = ModbusRequest.read(RegisterRange(.input, at: 0, count: 1)).encoded
        for _ in 0..<4_000 { _ = device.react(to: request, at: SimulatedTime(localSeconds: 0)) }
        #expect((800...1_200).contains(device.counters.faults))
        #expect(device.counters.faults + device.counters.answers == 4_000)
    }

    @Test func tellsWhoItIs() throws {
        let behaviour = DeviceBehaviour(identification: [0: "Eastron", 1: "SDM120", 5: "SDM120M"])
        let device = SimulatedDevice.sample(unit: 1, behaviour: behaviour)
        func ask(_ category: IdentificationCategory, from object: UInt8) throws -> [UInt8: String] {
            let request = ModbusRequest.readDeviceIdentification(category, from: object)
            let reaction = device.react(to: request.encoded, at: SimulatedTime(localSeconds: 0))
            guard case .answer(let answer) = reaction else { return [:] }
            let response = try ModbusResponse(decoding: answer.pdu[...], answering: request)
            guard case .identification(let identification) = response else { return [:] }
            return identification.objects
        }
        #expect(try ask(.basic, from: 0) == [0: "Eastron", 1: "SDM120"])
        #expect(try ask(.regular, from: 1) == [1: "SDM120", 5: "SDM120M"])
        #expect(try ask(.individual, from: 5) == [5: "SDM120M"])
        #expect(throws: ResponseFault.exception(.illegalDataAddress)) {
            try ask(.individual, from: 4)
        }
    }

    @Test func anUnknownFunctionIsRefused() {
        let device = SimulatedDevice.sample(unit: 1)
        let reaction = device.react(to: [0x55, 1, 2], at: SimulatedTime(localSeconds: 0))
        #expect(
            reaction == .answer(DeviceAnswer(pdu: [0xD5, 1], unit: UnitIdentifier(1))))
    }
}
