import Execution
import Modbus
import Simulation
import TestSupport
import Testing

@Suite struct SimulatedLineTests {
    @Test func libmodbusReadsAndWrites() async throws {
        try await withLine([.sample(unit: 3), .sample(unit: 4)]) { line in
            let client = try LibmodbusClient(.line(path: line.path, baudRate: 115_200))
            #expect(
                try await client.readInput(0, count: 20, unit: 3) == (0..<20).map { $0 * 3 })
            #expect(
                try await client.readInput(5, count: 3, unit: 4) == [20, 24, 28])
            #expect(try await client.readInput(30, count: 2, unit: 4) == [0x1234, 0x5678])

            try await client.write(102, [7, 8], unit: 3)
            try await client.write(105, 9, unit: 3)
            #expect(
                try await client.readHolding(100, count: 10, unit: 3)
                    == [0, 1, 7, 8, 4, 9, 6, 7, 8, 9])
            #expect(try await client.readHolding(102, count: 1, unit: 4) == [2])

            try await client.write(1, coil: true, unit: 3)
            try await client.write(2, coils: [true, false, true], unit: 3)
            #expect(
                try await client.readCoils(0, count: 7, unit: 3)
                    == [true, true, true, false, true, false, true])
            #expect(line.report.unreadable == 0)
            #expect(line.report.silences.count == line.report.frames - 1)
        }
    }

    @Test(arguments: [(19, 2), (20, 1), (25, 1), (31, 2), (0, 31)])
    func aHoleIsRefused(address: Int, count: Int) async throws {
        let device = SimulatedDevice.sample(unit: 1)
        try await withLine([device]) { line in
            let client = try LibmodbusClient(.line(path: line.path, baudRate: 115_200))
            await #expect(throws: ClientFault.exception(2)) {
                try await client.readInput(address, count: count, unit: 1)
            }
            #expect(device.counters.exceptions == 1)
            #expect(device.counters.answers == 0)
        }
    }

    @Test func aDeviceCanBeSilentAtHolesAndBounded() async throws {
        let behaviour = DeviceBehaviour(maximumRegisters: 8, isSilentAtHoles: true)
        try await withLine([.sample(unit: 1, behaviour: behaviour)]) { line in
            let client = try LibmodbusClient(
                .line(path: line.path, baudRate: 115_200))
            await #expect(throws: ClientFault.exception(3)) {
                try await client.readInput(0, count: 9, unit: 1)
            }
            await client.setTimeout(milliseconds: 200)
            await #expect(throws: ClientFault.timeout) {
                try await client.readInput(25, count: 1, unit: 1)
            }
        }
    }

    @Test func whatMayNotBeWrittenIsRefused() async throws {
        try await withLine([.sample(unit: 1)]) { line in
            let client = try LibmodbusClient(.line(path: line.path, baudRate: 115_200))
            await #expect(throws: ClientFault.exception(2)) {
                try await client.write(109, [1, 2], unit: 1)
            }
            await #expect(throws: ClientFault.exception(2)) {
                try await client.write(16, coil: true, unit: 1)
            }
        }
    }

    @Test func aForeignUnitIsSilence() async throws {
        try await withLine([.sample(unit: 1)]) { line in
            let client = try LibmodbusClient(
                .line(path: line.path, baudRate: 115_200))
            await client.setTimeout(milliseconds: 200)
            await #expect(throws: ClientFault.timeout) {
                try await client.readInput(0, count: 1, unit: 2)
            }
            await eventually { line.report.foreign > 0 }
        }
    }

    @Test func aStrictLineDropsWhatComesBeforeTheRequestGap() async throws {
        let device = SimulatedDevice.sample(unit: 1, requestGap: .seconds(600))
        try await withLine([device], isStrict: true) { line in
            let client = try LibmodbusClient(
                .line(path: line.path, baudRate: 115_200))
            #expect(try await client.readInput(0, count: 1, unit: 1) == [0])
            await client.setTimeout(milliseconds: 200)
            // Long enough for the silence of the line, too short for the gap of the device.
            try await Task.sleep(for: .milliseconds(50))
            await #expect(throws: ClientFault.timeout) {
                try await client.readInput(0, count: 1, unit: 1)
            }
            await eventually { device.counters.gapsBroken > 0 }
        }
    }

    @Test func theLinkLeadsToTheLineAndGoesWithIt() async throws {
        try await withTemporaryFolder { folder in
            let link = folder + "/riser-1"
            try await withLine([.sample(unit: 1)], link: link) { line in
                #expect(line.path == link)
                let client = try LibmodbusClient(.line(path: link, baudRate: 115_200))
                #expect(try await client.readInput(1, count: 1, unit: 1) == [1])
            }
            // A second line may take the name: the first has removed it, or left it over.
            try await withLine([.sample(unit: 2)], link: link) { line in
                let client = try LibmodbusClient(.line(path: link, baudRate: 115_200))
                #expect(try await client.readInput(1, count: 1, unit: 2) == [2])
            }
        }
    }

    @Test func aFileInTheLinksPlaceIsLeftAlone() {
        withTemporaryFolder { folder in
            let path = folder + "/riser-1"
            append("a file", to: path)
            #expect(throws: PseudoTerminalError.occupied(path: path)) {
                _ = try PseudoTerminal(link: path)
            }
        }
    }
}
