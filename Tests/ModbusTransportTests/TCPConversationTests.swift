import Execution
import Modbus
import ModbusTransport
import Testing

@Suite struct TCPConversationTests {
    private let numbering = TransactionNumbering()

    private func call(_ unit: UInt8) -> ModbusCall {
        ModbusCall(
            .read(RegisterRange(.holding, at: 0, count: 1)), to: UnitIdentifier(unit),
            priority: .scheduledPoll)
    }

    private func at(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private func frame(
        _ transaction: UInt16, _ unit: UInt8, _ pdu: [UInt8] = [3, 2, 0, 7]
    ) -> TCPFrameStream.Frame {
        var stream = TCPFrameStream()
        stream.append(
            TCPFrame(transaction: transaction, unit: UnitIdentifier(unit), pdu: pdu).encoded)
        guard case .frame(let frame) = stream.next() else { fatalError("a whole frame") }
        return frame
    }

    /// As `TransactionNumbering` gives them: only numbers it has handed out are known to it.
    private func numbered(upTo count: Int) -> TransactionNumbering {
        var numbering = TransactionNumbering()
        var random = SeededRandom(seed: 1)
        for _ in 0..<count { _ = numbering.next(using: &random) }
        return numbering
    }

    @Test func tellsALateAnswerByItsNumberAndHowLongItTook() {
        var conversation = TCPConversation()
        conversation.begin(call(1), number: 1, at: at(0))
        conversation.giveUp()
        conversation.begin(call(2), number: 2, at: at(500))
        let late = conversation.received(frame(1, 1), numbering: numbered(upTo: 2), at: at(700))
        #expect(
            late
                == .late(
                    .init(unit: UnitIdentifier(1), latency: .milliseconds(700), isTelling: true)))
        let answer = conversation.received(frame(2, 2), numbering: numbered(upTo: 2), at: at(710))
        #expect(answer == .answer([3, 2, 0, 7]))
        let again = conversation.received(frame(2, 2), numbering: numbered(upTo: 2), at: at(720))
        #expect(again == .repeated)
        let strange = conversation.received(frame(77, 2), numbering: numbered(upTo: 2), at: at(730))
        #expect(strange == .strange(77))
    }

    @Test func whoAnswersIsWaitedForBehindADeadNeighbour() {
        var conversation = TCPConversation()
        conversation.begin(call(1), number: 1, at: at(0))
        _ = conversation.received(frame(1, 1), numbering: numbered(upTo: 1), at: at(60))
        conversation.begin(call(9), number: 2, at: at(1_000))
        #expect(conversation.deadline(within: .milliseconds(500)) == at(1_500))
        conversation.giveUp()
        conversation.begin(call(1), number: 3, at: at(1_500))
        #expect(conversation.deadline(within: .milliseconds(500)) == at(6_500))
        // The gateway never says anything of the dead one: its neighbour's delay tells.
        let holder = conversation.holder(until: at(4_060), beyond: .milliseconds(500))
        #expect(holder?.unit == UnitIdentifier(9))
        #expect(holder?.latency == .milliseconds(3_060))
        _ = conversation.received(frame(3, 1), numbering: numbered(upTo: 3), at: at(4_060))
        conversation.begin(call(1), number: 4, at: at(5_000))
        #expect(conversation.deadline(within: .milliseconds(500)) == at(5_500))
    }

    @Test func aGatewayThatAnswersOutOfOrderHoldsNobodyUp() {
        var conversation = TCPConversation()
        let exception: [UInt8] = [0x83, 11]
        for round in 0..<2 as Range<UInt16> {
            let start = Int64(round) * 10_000
            conversation.begin(call(1), number: round * 3 + 1, at: at(start))
            _ = conversation.received(
                frame(round * 3 + 1, 1), numbering: numbered(upTo: 6), at: at(start + 60))
            conversation.begin(call(9), number: round * 3 + 2, at: at(start + 1_000))
            conversation.giveUp()
            conversation.begin(call(1), number: round * 3 + 3, at: at(start + 1_500))
            let expected: Int64 = round == 0 ? 6_500 : 2_000
            #expect(conversation.deadline(within: .milliseconds(500)) == at(start + expected))
            _ = conversation.received(
                frame(round * 3 + 3, 1), numbering: numbered(upTo: 6), at: at(start + 1_560))
            let late = conversation.received(
                frame(round * 3 + 2, 9, exception), numbering: numbered(upTo: 6),
                at: at(start + 4_000))
            // Nobody waits for it, so it need not be waited for.
            #expect(
                late
                    == .late(
                        .init(
                            unit: UnitIdentifier(9), latency: .milliseconds(3_000),
                            isTelling: false)))
        }
    }

    @Test(arguments: [0, 255] as [UInt8])
    func theServerItselfMaySpeakForItsOnlyUnit(unit: UInt8) {
        var conversation = TCPConversation()
        conversation.begin(call(1), number: 1, at: at(0))
        #expect(
            conversation.received(frame(1, unit), numbering: numbered(upTo: 1), at: at(1))
                == .answer([3, 2, 0, 7]))
        // Behind it is more than one: whose register is it?
        conversation.begin(call(2), number: 2, at: at(2))
        #expect(
            conversation.received(frame(2, unit), numbering: numbered(upTo: 2), at: at(3))
                == .wrong(.foreignUnit, from: UnitIdentifier(unit)))
        conversation.begin(call(2), number: 3, at: at(4))
        #expect(
            conversation.received(
                frame(3, unit, [0x83, 6]), numbering: numbered(upTo: 3), at: at(5))
                == .answer([0x83, 6]))
    }

    @Test func anotherUnitsAnswerIsNeverTaken() {
        var conversation = TCPConversation()
        conversation.begin(call(3), number: 1, at: at(0))
        #expect(
            conversation.received(frame(1, 1), numbering: numbered(upTo: 1), at: at(1))
                == .wrong(.foreignUnit, from: UnitIdentifier(1)))
    }

    @Test func whereNumbersAreIgnoredNothingIsTakenAfterATimeout() {
        let ignoring = TransactionNumbering(isIgnored: true)
        var conversation = TCPConversation()
        conversation.begin(call(1), number: 1, at: at(0))
        #expect(
            conversation.received(frame(0, 1), numbering: ignoring, at: at(1))
                == .answer([3, 2, 0, 7]))
        conversation.begin(call(1), number: 2, at: at(2))
        conversation.giveUp()
        conversation.begin(call(1), number: 3, at: at(600))
        if case .answer = conversation.received(frame(0, 1), numbering: ignoring, at: at(700)) {
            Issue.record("took what may be the answer to the request before")
        }
    }
}

@Suite struct TCPFrameStreamTests {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func findsFramesInWhateverPiecesTheyCome(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pdus = (0..<10).map { _ in
            (0..<Int.random(in: 1...253, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        var bytes: [UInt8] = []
        for (number, pdu) in pdus.enumerated() {
            bytes +=
                TCPFrame(transaction: UInt16(number), unit: UnitIdentifier(1), pdu: pdu)
                .encoded
        }
        var stream = TCPFrameStream()
        var found: [[UInt8]] = []
        while !bytes.isEmpty {
            let count = min(bytes.count, Int.random(in: 1...40, using: &random))
            stream.append(bytes.prefix(count))
            bytes.removeFirst(count)
            while case .frame(let frame) = stream.next() { found.append(frame.pdu) }
        }
        #expect(found == pdus)
        #expect(!stream.isAmidFrame)
    }

    @Test func knowsBytesThatAreNoFrames() {
        for bytes in [
            [0, 1, 0, 1, 0, 3, 1, 3], [0, 1, 0, 0, 1, 3, 1, 3], [0, 1, 0, 0, 0, 1, 1, 3],
        ]
            as [[UInt8]]
        {
            var stream = TCPFrameStream()
            stream.append(bytes)
            #expect(stream.next() == .garbage)
        }
    }
}

@Suite struct WriteFormsTests {
    private let unit = UnitIdentifier(1)

    @Test func remembersTheFunctionADeviceTakes() {
        var forms = WriteForms()
        let register = ModbusRequest.writeRegister(address: 4, 7)
        #expect(forms.form(of: register, for: unit) == register)
        forms.learn(.writeRegisters(address: 4, [7]), for: unit)
        #expect(forms.form(of: register, for: unit) == .writeRegisters(address: 4, [7]))
        #expect(forms.form(of: register, for: UnitIdentifier(2)) == register)
        #expect(
            forms.form(of: .writeCoil(address: 1, true), for: unit)
                == .writeCoil(address: 1, true))
        forms.learn(register, for: unit)
        #expect(forms.form(of: .writeRegisters(address: 4, [7]), for: unit) == register)
    }

    @Test func neverTearsAWriteOfSeveral() {
        #expect(WriteForms.other(than: .writeRegisters(address: 4, [7, 8])) == nil)
        #expect(WriteForms.other(than: .writeCoils(address: 4, [true, false])) == nil)
        #expect(WriteForms.other(than: .read(RegisterRange(.holding, at: 0, count: 1))) == nil)
    }
}
