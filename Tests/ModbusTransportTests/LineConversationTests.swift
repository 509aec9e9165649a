import Execution
import Modbus
import ModbusTransport
import Testing

/// One request on a line on which nothing else is under way, and what comes after it.
@Suite struct LineConversationTests {
    private static let wanted = RegisterRange(.holding, at: 10, count: 1)
    private static let minute: Int64 = 60_000_000_000

    private func frame(_ unit: UInt8, _ pdu: [UInt8]) -> [UInt8] {
        RTUFrame(unit: UnitIdentifier(unit), pdu: pdu).encoded
    }

    /// Hands over pieces one after the other once a request is sent, then silence.
    private func outcome(
        of request: ModbusRequest = .read(wanted), unit: UInt8 = 1, hearing pieces: [[UInt8]],
        findings: inout [LineLedger.Finding]
    ) -> Result<ModbusReply, ModbusError> {
        var ledger = LineLedger(frameSilence: .zero)
        var now = Moment(
            monotonic: MonotonicTime(nanoseconds: 0),
            wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: true))
        // The line is known for a minute: nothing of others is under way.
        _ = talk(.read(Self.wanted), to: 9, hearing: [], at: &now, ledger: &ledger)
        now.monotonic = MonotonicTime(nanoseconds: Self.minute)
        _ = ledger.takeFindings()
        let outcome = talk(request, to: unit, hearing: pieces, at: &now, ledger: &ledger)
        findings = ledger.takeFindings()
        return outcome
    }

    private func outcome(
        of request: ModbusRequest = .read(wanted), unit: UInt8 = 1, hearing pieces: [[UInt8]]
    ) -> Result<ModbusReply, ModbusError> {
        var findings: [LineLedger.Finding] = []
        return outcome(of: request, unit: unit, hearing: pieces, findings: &findings)
    }

    private func talk(
        _ request: ModbusRequest, to unit: UInt8, hearing pieces: [[UInt8]], at now: inout Moment,
        ledger: inout LineLedger
    ) -> Result<ModbusReply, ModbusError> {
        let call = ModbusCall(request, to: UnitIdentifier(unit), priority: .scheduledPoll)
        var talk = LineConversation(call, timing: .init(settings: nil))
        var rest = pieces[...]
        var heard: [UInt8] = []
        var hasSent = false
        while true {
            switch talk.next(at: now, heard: heard, ledger: &ledger) {
            case .finish(let outcome): return outcome
            case .send:
                hasSent = true
                heard = []
            case .listen(let until):
                heard = hasSent ? rest.popFirst() ?? [] : []
                now.monotonic =
                    heard.isEmpty
                    ? max(now.monotonic, until) : now.monotonic.advanced(by: .milliseconds(1))
            }
        }
    }

    private func response(_ outcome: Result<ModbusReply, ModbusError>) -> ModbusResponse? {
        if case .success(let reply) = outcome { reply.response } else { nil }
    }

    private func error(_ outcome: Result<ModbusReply, ModbusError>) -> ModbusError? {
        if case .failure(let error) = outcome { error } else { nil }
    }

    @Test func waitsForEveryByteOfAnAnswer() {
        let answer = frame(1, [3, 2, 3, 4]).map { [$0] }
        #expect(response(outcome(hearing: answer)) == .registers([0x0304]))
    }

    @Test func framesDeviceIdentificationThatLibmodbusCannot() {
        // PROTOCOLS.md section 5: object 0 is "foobar".
        let answer: [UInt8] = [
            0x04, 0x2B, 0x0E, 0x01, 0x81, 0x00, 0x01, 0x01, 0x00, 0x06, 0x66, 0x6F, 0x6F, 0x62,
            0x61, 0x72, 0xD7, 0x3B,
        ]
        let outcome = outcome(
            of: .readDeviceIdentification(.basic, from: 0), unit: 4,
            hearing: [Array(answer.prefix(10)), Array(answer.dropFirst(10))])
        guard case .identification(let identification) = response(outcome) else {
            Issue.record("\(outcome)")
            return
        }
        #expect(identification.objects == [0: "foobar"])
    }

    @Test func takesAForeignFrameOutAndFindsTheAnswerBehindIt() {
        var findings: [LineLedger.Finding] = []
        let outcome = outcome(
            hearing: [frame(8, [3, 2, 1, 2]) + frame(1, [3, 2, 3, 4])], findings: &findings)
        #expect(response(outcome) == .registers([0x0304]))
        #expect(findings.contains(.stray(UnitIdentifier(8), bytes: 7)))
    }

    @Test func anAnswerToAnotherFunctionIsForeign() {
        let outcome = outcome(hearing: [frame(1, [4, 2, 1, 2])])
        #expect(error(outcome) == .corrupt(.foreignFunction))
    }

    @Test(arguments: [[0x00], [0xFF], [0x00, 0xFF, 0x7F]] as [[UInt8]])
    func findsAnAnswerBehindANoiseOfTheTransceiver(noise: [UInt8]) {
        let outcome = outcome(hearing: [noise + frame(1, [3, 2, 3, 4])])
        #expect(response(outcome) == .registers([0x0304]))
    }

    @Test func tellsWhatIsWrong() {
        let answer = frame(1, [3, 2, 3, 4])
        #expect(error(outcome(hearing: [Array(answer.dropLast(2))])) == .corrupt(.truncated))
        #expect(
            error(outcome(hearing: [answer.dropLast() + [answer.last! ^ 1]]))
                == .corrupt(.checksum))
        let babble = [UInt8](repeating: 0x55, count: 300)
        #expect(error(outcome(hearing: [babble])) == .corrupt(.garbage))
    }

    /// Whatever arrives, in whatever pieces: no crash, and no answer that was not sent.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func garbageNeverBecomesAnAnswer(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pieces = (0..<40).map { _ in
            (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        #expect(response(outcome(hearing: pieces)) == nil, "seed \(seed)")
    }
}
