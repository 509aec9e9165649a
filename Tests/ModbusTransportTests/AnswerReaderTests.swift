import Execution
import Modbus
import ModbusTransport
import Testing

@Suite struct AnswerReaderTests {
    private func reader(_ function: UInt8 = 3, unit: UInt8 = 1) -> AnswerReader {
        AnswerReader(framing: .rtu, unit: UnitIdentifier(unit), function: function)
    }

    private func frame(_ unit: UInt8, _ pdu: [UInt8]) -> [UInt8] {
        RTUFrame(unit: UnitIdentifier(unit), pdu: pdu).encoded
    }

    @Test func waitsForEveryByteOfAnAnswer() {
        let answer = frame(1, [3, 4, 0x45, 0, 0, 0])
        var reader = reader()
        for byte in answer.dropLast() {
            reader.append([byte])
            #expect(reader.judge(isSilent: false) == .incomplete)
        }
        reader.append([answer.last!])
        #expect(reader.judge(isSilent: false) == .answer([3, 4, 0x45, 0, 0, 0]))
    }

    @Test func framesDeviceIdentificationThatLibmodbusCannot() {
        // PROTOCOLS.md section 5: object 0 is "foobar".
        let answer: [UInt8] = [
            0x04, 0x2B, 0x0E, 0x01, 0x81, 0x00, 0x01, 0x01, 0x00, 0x06, 0x66, 0x6F, 0x6F, 0x62,
            0x61, 0x72, 0xD7, 0x3B,
        ]
        // The published sample counts its single object in the eighth byte.
        var reader = reader(0x2B, unit: 4)
        reader.append(answer.prefix(10))
        #expect(reader.judge(isSilent: false) == .incomplete)
        reader.append(answer.dropFirst(10))
        #expect(reader.judge(isSilent: false) == .answer(Array(answer[1..<16])))
    }

    @Test func takesAForeignFrameOutAndFindsTheAnswerBehindIt() {
        var reader = reader()
        reader.append(frame(9, [3, 2, 1, 2]) + frame(1, [3, 2, 3, 4]))
        #expect(
            reader.judge(isSilent: false) == .foreign(.foreignUnit, from: UnitIdentifier(9)))
        #expect(reader.judge(isSilent: false) == .answer([3, 2, 3, 4]))
    }

    @Test func anAnswerToAnotherFunctionIsForeign() {
        var reader = reader()
        reader.append(frame(1, [4, 2, 1, 2]))
        #expect(
            reader.judge(isSilent: false) == .foreign(.foreignFunction, from: UnitIdentifier(1)))
    }

    @Test(arguments: [[0x00], [0xFF], [0x00, 0xFF, 0x7F]] as [[UInt8]])
    func findsAnAnswerBehindANoiseOfTheTransceiver(noise: [UInt8]) {
        var reader = reader()
        reader.append(noise + frame(1, [3, 2, 3, 4]))
        _ = reader.judge(isSilent: false)
        #expect(reader.judge(isSilent: true) == .answer([3, 2, 3, 4]))
    }

    @Test func tellsWhatIsWrong() {
        let answer = frame(1, [3, 2, 3, 4])
        var truncated = reader()
        truncated.append(answer.dropLast(2))
        #expect(truncated.judge(isSilent: true) == .corrupt(.truncated))
        var flipped = reader()
        flipped.append(answer.dropLast() + [answer.last! ^ 1])
        #expect(flipped.judge(isSilent: false) == .incomplete)
        #expect(flipped.judge(isSilent: true) == .corrupt(.checksum))
        var babble = reader()
        babble.append([UInt8](repeating: 0x55, count: 300))
        #expect(babble.judge(isSilent: false) == .corrupt(.garbage))
    }

    @Test func overTCPATransactionTellsALateAnswerApart() {
        var reader = AnswerReader(
            framing: .tcp, unit: UnitIdentifier(1), function: 3, transaction: 8)
        let late = TCPFrame(transaction: 7, unit: UnitIdentifier(1), pdu: [3, 2, 1, 1]).encoded
        let right = TCPFrame(transaction: 8, unit: UnitIdentifier(1), pdu: [3, 2, 2, 2]).encoded
        reader.append(late + right)
        #expect(
            reader.judge(isSilent: false) == .foreign(.foreignTransaction, from: UnitIdentifier(1)))
        #expect(reader.judge(isSilent: false) == .answer([3, 2, 2, 2]))
    }

    @Test func overTCPAnAnswerForAnotherUnitIsCorrupt() {
        var reader = AnswerReader(
            framing: .tcp, unit: UnitIdentifier(1), function: 3, transaction: 8)
        reader.append(TCPFrame(transaction: 8, unit: UnitIdentifier(2), pdu: [3, 2, 2, 2]).encoded)
        #expect(reader.judge(isSilent: false) == .corrupt(.foreignUnit))
    }

    /// Whatever arrives, in whatever pieces: no crash, and no answer that was not sent.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func garbageNeverBecomesAnAnswer(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let framing: Framing = seed % 2 == 0 ? .rtu : .tcp
        var reader = AnswerReader(
            framing: framing, unit: UnitIdentifier(1), function: 3, transaction: 0xABCD)
        for _ in 0..<40 {
            let piece = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            reader.append(piece)
            verdicts: while true {
                switch reader.judge(isSilent: Bool.random(using: &random)) {
                case .answer(let pdu): Issue.record("seed \(seed) took \(pdu) for an answer")
                case .foreign: continue
                case .incomplete, .corrupt: break verdicts
                }
            }
        }
    }
}
