import Execution
import Modbus
import ModbusTransport
import Testing

/// Modbus TCP servers as they are met in the field, on real connections.
@Suite(.serialized) struct OddServerTests {
    /// Two reads and a write of what registers hold.
    private func expectService(_ bus: ModbusBus, rounds: Int = 3) async throws {
        for register in 0..<UInt16(rounds) {
            let reply1 = try await bus.read(register, 2, from: 1)
            #expect(reply1 == [register, register + 1])
        }
        let write = ModbusCall(
            .writeRegister(address: 4, 7), to: UnitIdentifier(1), priority: .command)
        let reply2 = try await bus.perform(write).response
        #expect(reply2 == .written)
    }

    @Test(arguments: [[7], [5], [2, 8, 9]] as [[Int]])
    func readsAnswersThatComeInPieces(cuts: [Int]) async throws {
        try await withScriptedBus { connection in
            while let request = connection.request() {
                var sent = 0
                for cut in cuts + [request.frame.count] {
                    connection.send(request.frame[sent..<cut])
                    sent = cut
                    if cut < request.frame.count { connection.pause(120) }
                }
            }
        } _: { bus, server in
            try await expectService(bus)
            #expect(server.connections == 1)
        }
    }

    @Test func aSlowDeviceIsReadAfterItsFirstLateAnswers() async throws {
        try await withScriptedBus { connection in
            while let request = connection.request() {
                connection.pause(150)
                connection.send(request.frame)
            }
        } _: { bus, _ in
            let timing = ExchangeTiming(
                responseTimeout: .milliseconds(50), lateAnswerLimit: .milliseconds(100))
            var missed: [UInt16] = []
            for register in UInt16(0)..<12 {
                do {
                    let words = try await bus.read(register, from: 1, timing: timing)
                    #expect(words == [register])
                } catch {
                    missed.append(register)
                }
            }
            #expect(missed.contains(0) && missed.count <= 3, "\(missed)")
            #expect(bus.statistics.findings.latencies[UnitIdentifier(1)] != nil)
        }
    }

    @Test func aConnectionThatFellMuteIsReplacedAndTheReadingKept() async throws {
        try await withScriptedBus { connection in
            var count = 0
            while let request = connection.request() {
                count += 1
                if connection.number > 1 || count <= 10 { connection.send(request.frame) }
            }
        } _: { bus, server in
            let timing = ExchangeTiming(responseTimeout: .milliseconds(200))
            var missed = 0
            for register in 0..<30 as Range<UInt16> {
                do {
                    let reply4 = try await bus.read(register, from: 1, timing: timing)
                    #expect(reply4 == [register])
                } catch { missed += 1 }
            }
            #expect(missed == 1)
            #expect(server.connections == 2)
            #expect(bus.statistics.findings.renewals == 1)
        }
    }

    @Test(arguments: [0, 20] as [UInt32])
    func aServerThatClosesAfterEachAnswerIsReadAndWritten(pause: UInt32) async throws {
        try await withScriptedBus { connection in
            guard let request = connection.request() else { return }
            connection.send(request.frame)
            connection.pause(pause)
        } _: { bus, _ in
            try await expectService(bus, rounds: 4)
            try await expectService(bus, rounds: 4)
            #expect(bus.statistics.findings.answersPerConnection == 1)
        }
    }

    @Test func aServerThatAnswersOnceAConnectionIsLearnt() async throws {
        try await withScriptedBus { connection in
            if let request = connection.request() { connection.send(request.frame) }
            while connection.request() != nil {}
        } _: { bus, _ in
            let timing = ExchangeTiming(responseTimeout: .milliseconds(100))
            for register in UInt16(0)..<12 {
                // Until it is learnt some are missed.
                _ = try? await bus.read(register, from: 1, timing: timing)
            }
            for register in UInt16(0)..<12 {
                let reply5 = try await bus.read(register, from: 1, timing: timing)
                #expect(reply5 == [register])
            }
        }
    }

    @Test func aServerThatClosesWhatIsAskedTooEarlyIsReadAfterAPause() async throws {
        try await withScriptedBus { connection in
            let start = ContinuousClock.now
            while let request = connection.request() {
                guard ContinuousClock.now - start > .milliseconds(400) else { return }
                connection.send(request.frame)
            }
        } _: { bus, _ in
            try await expectService(bus)
            #expect(bus.statistics.findings.settle == .milliseconds(500))
        }
    }

    @Test func thePauseAfterConnectingCanBeSet() async throws {
        try await withScriptedBus(policy: ConnectionPolicy(settle: .milliseconds(400))) {
            connection in
            let start = ContinuousClock.now
            while let request = connection.request() {
                if ContinuousClock.now - start > .milliseconds(300) {
                    connection.send(request.frame)
                }
            }
        } _: { bus, server in
            try await expectService(bus)
            #expect(server.connections == 1)
        }
    }

    @Test(arguments: [1, 0x8000] as [UInt16])
    func aGatewayThatNumbersItsAnswersItselfIsReadOnceItsRuleIsKnown(
        shift: UInt16
    ) async throws {
        try await withScriptedBus { connection in
            while let request = connection.request() {
                connection.send(
                    request.frame(request.answer, transaction: request.transaction &+ shift))
            }
        } _: { bus, _ in
            for register in 0..<4 as Range<UInt16> {
                await #expect(throws: ModbusError.corrupt(.foreignTransaction)) {
                    try await bus.read(register, from: 1)
                }
            }
            try await expectService(bus)
            #expect(bus.statistics.findings.numbering == .shifted(by: shift))
        }
    }

    @Test func aGatewayThatAnswersZeroIsBelievedOnlyWhereToldTo() async throws {
        let script: @Sendable (ScriptedServer.Connection) -> Void = { connection in
            while let request = connection.request() {
                connection.send(request.frame(request.answer, transaction: 0))
            }
        }
        try await withScriptedBus(script) { bus, _ in
            for register in 0..<6 as Range<UInt16> {
                await #expect(throws: ModbusError.corrupt(.foreignTransaction)) {
                    try await bus.read(register, from: 1)
                }
            }
            #expect(bus.statistics.findings.numbering == .constant(0))
        }
        try await withScriptedBus(policy: ConnectionPolicy(checksTransactions: false), script) {
            bus, _ in try await expectService(bus)
        }
    }

    /// Some answers come after their request was given up.
    @Test func withoutNumbersALateAnswerIsNeverTakenForTheNext() async throws {
        try await withScriptedBus(policy: ConnectionPolicy(checksTransactions: false)) {
            connection in
            while let request = connection.request() {
                let register = request.pdu[2]
                if register % 3 == 0 { connection.pause(180) }
                connection.send(request.frame(request.answer, transaction: 0))
            }
        } _: { bus, _ in
            let timing = ExchangeTiming(
                responseTimeout: .milliseconds(100), lateAnswerLimit: .milliseconds(150))
            var answers = 0
            for register in UInt16(0)..<24 {
                guard let words = try? await bus.read(register, from: 1, timing: timing) else {
                    continue
                }
                answers += 1
                #expect(words == [register])
            }
            #expect(answers > 0)
        }
    }

    @Test func aConnectionThatIsNotKeptIsGivenBackBetweenTurns() async throws {
        let served = ServedOnes()
        try await withScriptedBus(policy: ConnectionPolicy(isKept: false)) { connection in
            while let request = connection.request() { connection.send(request.frame) }
            served.add(1)
        } _: { bus, server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await bus.releaseBetweenTurns() }
                for turn in 1...2 {
                    for register in 0..<4 as Range<UInt16> {
                        let reply6 = try await bus.read(register, from: 1)
                        #expect(reply6 == [register])
                    }
                    while served.count < turn { try await Task.sleep(for: .milliseconds(10)) }
                }
                group.cancelAll()
            }
            #expect(server.connections == 2)
        }
    }

    /// One register that only function 16 writes, and one coil that only function 15 does.
    @Test func aDeviceThatKnowsOneWriteFunctionIsWritten() async throws {
        try await withScriptedBus { connection in
            while let request = connection.request() {
                let isKnown = [3, 15, 16].contains(request.pdu[0])
                connection.send(
                    isKnown ? request.frame : request.frame([request.pdu[0] | 0x80, 1]))
            }
        } _: { bus, _ in
            for request in [
                ModbusRequest.writeRegister(address: 4, 7), .writeCoil(address: 4, true),
            ] {
                for _ in 0..<2 {
                    let call = ModbusCall(request, to: UnitIdentifier(1), priority: .command)
                    let reply7 = try await bus.perform(call).response
                    #expect(reply7 == .written)
                }
            }
            // Refused once for each, and never asked for again.
            #expect(bus.statistics.exceptions == 2)
        }
    }

    /// Relay boards that switch, and confirm it with another value or "in progress".
    @Test(arguments: [[0x05, 0, 4, 0, 1], [0x85, 5]] as [[UInt8]], [true, false])
    func anOddConfirmationIsReadBack(confirmation: [UInt8], switches: Bool) async throws {
        try await withScriptedBus { connection in
            var coil: UInt8 = 0
            while let request = connection.request() {
                if request.pdu[0] == 5 {
                    if switches { coil = 1 }
                    connection.send(request.frame(confirmation))
                } else {
                    connection.send(request.frame([1, 1, coil]))
                }
            }
        } _: { bus, _ in
            let call = ModbusCall(
                .writeCoil(address: 4, true), to: UnitIdentifier(1), priority: .command)
            if switches {
                let reply8 = try await bus.perform(call).response
                #expect(reply8 == .written)
            } else {
                await #expect(throws: ModbusError.self) { try await bus.perform(call) }
            }
        }
    }

    @Test func aServerThatFloodsIsGivenUp() async throws {
        try await withScriptedBus { connection in
            guard let request = connection.request() else { return }
            for _ in 0..<200_000 {
                connection.send(request.frame(request.answer, transaction: 0x7777))
            }
        } _: { bus, _ in
            for _ in 0..<3 {
                await #expect(throws: ModbusError.self) { try await bus.read(1, from: 1) }
            }
        }
    }
}

/// How often something was done, counted by threads.
final class ServedOnes: Sendable {
    private let value = InheritingLock(0)

    var count: Int { value.withLock { $0 } }
    func add(_ more: Int) { value.withLock { $0 += more } }
}
