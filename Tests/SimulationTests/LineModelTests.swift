import Execution
import Modbus
import Simulation
import Testing

@Suite struct LineModelTests {
    @Test func thirtyTwoMetersOfTwentyRegistersTakeTheCycleOfTheRecipe() throws {
        let settings = try #require(SerialSettings(baudRate: 9_600, parity: .none, stopBits: 1))
        let cycle = LineTiming(settings).exchange(request: 8, answer: 5 + 40).inSeconds * 32
        #expect(abs(cycle - 2.043) < 0.001)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func answersAfterItsTurnaroundAtWireSpeed(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let timing = LineTiming.random(using: &random)
        var line = LineModel(timing: timing)
        let start = MonotonicTime(nanoseconds: .random(in: 0...1_000_000_000_000, using: &random))
        let request = [UInt8].random(8...40, using: &random)
        let answer = [UInt8].random(1...256, using: &random)

        line.receive(request, at: start)
        let end = start.advanced(by: timing.wireTime(characters: request.count))
        #expect(line.deadline == end.advanced(by: timing.silence))
        #expect(line.next(at: end) == nil)
        let heard = try line.nextRequest()
        #expect(heard.bytes == request && heard.start == start && heard.end == end)
        #expect(!heard.isDropped)

        line.answer(answer, from: 1, requestEnd: end)
        let begin = end.advanced(by: timing.turnaround)
        var received: [UInt8] = []
        while let deadline = line.deadline {
            // The thread wakes late by chance, which must not add up.
            let now = deadline.advanced(
                by: .nanoseconds(.random(in: 0...2_000_000, using: &random)))
            while case .release(let bytes, _)? = line.next(at: now) {
                received += bytes
                #expect(bytes.count <= LineModel.chunk)
                let wire = begin.advanced(by: timing.wireTime(characters: received.count))
                #expect(wire <= now)
            }
            if received.count < answer.count {
                let next = min(answer.count, received.count + LineModel.chunk)
                #expect(
                    line.deadline == begin
                        || line.deadline == begin.advanced(by: timing.wireTime(characters: next)))
            }
        }
        #expect(received == answer)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func tellsABrokenSilenceFromAKeptOne(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let timing = LineTiming.random(using: &random)
        for isStrict in [false, true] {
            var line = LineModel(timing: timing, isStrict: isStrict)
            var now = try line.exchange([1, 3, 0, 0], answer: [1, 3, 2, 0, 0], at: .origin)
            #expect(line.silences.count == 0)

            now = now.advanced(by: timing.silence)
            now = try line.exchange([1, 3, 0, 0], answer: [1, 3, 2, 0, 0], at: now)
            #expect(line.silences.broken == 0)
            #expect(line.silences.minimum == timing.silence)

            now = now.advanced(by: timing.silence - .nanoseconds(1))
            line.receive([1, 3, 0, 0], at: now)
            #expect(line.silences.broken == 1)
            #expect(line.silences.count == 2)
            #expect(line.silences.histogram.reduce(0, +) == 2)
            let request = try line.nextRequest()
            #expect(request.isDropped == isStrict)
        }
    }

    @Test func joinsWhatComesInPiecesAndPartsWhatASilenceParts() throws {
        let timing = LineTiming.common
        var line = LineModel(timing: timing)
        line.receive([1, 2, 3], at: .origin)
        let end = MonotonicTime.origin.advanced(by: timing.wireTime(characters: 3))
        line.receive([4, 5], at: end.advanced(by: timing.silence - .nanoseconds(1)))
        let first = try line.nextRequest()
        #expect(first.bytes == [1, 2, 3, 4, 5])
        line.receive([6], at: first.end.advanced(by: timing.silence))
        let second = try line.nextRequest()
        #expect(second.bytes == [6])
    }

    @Test func aRequestDuringAnAnswerSpoilsBoth() throws {
        let timing = LineTiming.common
        var line = LineModel(timing: timing)
        line.receive([1], at: .origin)
        let request = try line.nextRequest()
        line.answer([UInt8](repeating: 7, count: 16), from: 1, requestEnd: request.end)
        let begin = try #require(line.deadline)
        #expect(line.next(at: begin) == nil)
        let first = try #require(line.deadline)
        #expect(line.next(at: first) == .release([UInt8](repeating: 7, count: 8), finishes: nil))
        line.receive([2], at: first)
        var released: [UInt8] = []
        var dropped: LineRequest?
        while let deadline = line.deadline {
            while let action = line.next(at: deadline) {
                switch action {
                case .release(let bytes, _): released += bytes
                case .request(let request): dropped = request
                }
            }
        }
        #expect(released.count == 8 && !released.contains(7))
        #expect(dropped?.isDropped == true)
        #expect(line.silences.collisions == 1)
        #expect(line.silences.broken == 1)
    }

    @Test func aServerThatIsLateAnswersOneRequestAfterTheOther() throws {
        let timing = LineTiming.common
        var line = LineModel(timing: timing)
        var ends: [MonotonicTime] = []
        for number in 0..<3 {
            line.receive([UInt8(number)], at: ends.last?.advanced(by: .milliseconds(20)) ?? .origin)
            let request = try line.nextRequest()
            let delay = Duration.milliseconds(600 - 200 * number)
            line.answer([UInt8(number)], from: 9, requestEnd: request.end, delay: delay)
            ends.append(request.end)
        }
        var answers: [UInt8] = []
        while let deadline = line.deadline {
            while case .release(let bytes, let server)? = line.next(at: deadline) {
                answers += bytes
                #expect(server == 9)
                if answers.count == 1 {
                    let arrival = ends[0].advanced(by: .milliseconds(600) + timing.characterTime)
                    #expect(deadline == arrival)
                }
            }
        }
        // The third came while one answer was owed and one request lay in the buffer.
        #expect(answers == [0, 1])
    }
}

extension LineTiming {
    static let common = LineTiming(
        characterTime: .microseconds(1_146), silence: .microseconds(4_011),
        turnaround: .milliseconds(5))

    static func random(using random: inout SeededRandom) -> LineTiming {
        let rate = [1_200, 2_400, 9_600, 19_200, 115_200].randomElement(using: &random) ?? 9_600
        let parity = SerialSettings.Parity.allCases.randomElement(using: &random) ?? .even
        let turnaround = Duration.microseconds(Int64.random(in: 0...50_000, using: &random))
        guard let settings = SerialSettings(baudRate: rate, parity: parity, stopBits: 1) else {
            return .common
        }
        return LineTiming(settings, turnaround: turnaround)
    }
}

extension MonotonicTime {
    static let origin = MonotonicTime(nanoseconds: 1_000_000_000)
}

extension [UInt8] {
    static func random(_ count: ClosedRange<Int>, using random: inout SeededRandom) -> [UInt8] {
        (0..<Int.random(in: count, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
    }
}

extension LineModel {
    /// Advances to the end of the request on the wire.
    mutating func nextRequest() throws -> LineRequest {
        var found: LineRequest?
        while found == nil, let deadline {
            if case .request(let request)? = next(at: deadline) { found = request }
        }
        return try #require(found)
    }

    /// One whole exchange on time. - Returns: When the last byte of the answer was there.
    mutating func exchange(
        _ request: [UInt8], answer bytes: [UInt8], at start: MonotonicTime
    ) throws -> MonotonicTime {
        receive(request, at: start)
        let heard = try nextRequest()
        answer(bytes, from: 1, requestEnd: heard.end)
        var now = start
        while let deadline {
            now = deadline
            while next(at: now) != nil {}
        }
        return now
    }
}
