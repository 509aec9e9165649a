import DevicePolling
import Execution
import Metering
import Modbus
import ModbusTransport

/// How the servers of a virtual line, and what lies between, mistreat answers.
struct Mischief: Hashable, Sendable {
    enum OtherLengths: Hashable, Sendable {
        case answered
        case refused
        case mute
    }

    /// How long an answer takes, and how often it takes longer.
    var latency: ClosedRange<Int64> = 10...30
    var lateness: ClosedRange<Int64> = 0...0
    var lateShare = 0.0
    /// How often an answer comes twice, and how much later.
    var doubledShare = 0.0
    var copyDelay: Int64 = 0
    var lostShare = 0.0
    var damagedShare = 0.0
    var echoes = false
    /// Whether each register *n* holds *n* thousands and what the clock adds, instead of *n*.
    var moves = false
    /// Whether all registers hold the same.
    var isUniform = false
    /// Answers to requests of somebody else that are under way at the start, after this long.
    var stale: [Int64] = []
    var otherLengths = OtherLengths.answered
    /// From when on all this is so.
    var begins: Int64 = 0
}

/// The polling of one line in virtual time: the schedule, what holds readings back, and the
/// conversations, against servers whose holding register *n* holds *n*.
struct VirtualLine {
    private struct Arrival {
        var at: MonotonicTime
        var bytes: [UInt8]
    }

    var schedule: BusSchedule
    var ledger = LineLedger(frameSilence: .milliseconds(4))
    var now = SimulatedBus.start
    var readings: [Reading] = []
    var findings: [LineLedger.Finding] = []
    /// The requests that were sent, by unit.
    var requests: [UInt8: Int] = [:]
    var longestExchange: Duration = .zero
    let mischief: [UInt8: Mischief]

    private var random: SeededRandom
    private var arrivals: [Arrival] = []
    private var busyUntil: [UInt8: MonotonicTime] = [:]
    private let settings = SerialSettings(baudRate: 9_600, parity: .none, stopBits: 1)!

    init(_ targets: [PollTarget], _ mischief: [UInt8: Mischief], seed: UInt64) {
        self.mischief = mischief
        random = SeededRandom(seed: seed)
        schedule = BusSchedule(targets: targets, start: now, seed: seed)
        for (unit, mischief) in mischief {
            for delay in mischief.stale {
                let pdu: [UInt8] = [3, 2, 0x77, 0x77]
                arrive(
                    RTUFrame(unit: UnitIdentifier(unit), pdu: pdu).encoded,
                    after: .milliseconds(delay))
            }
        }
    }

    mutating func run(for duration: Duration) {
        let end = now.monotonic.advanced(by: duration)
        while now.monotonic < end {
            switch schedule.next(at: now, into: &readings) {
            case .sleep(let until):
                let wake = min(until, end)
                sleep(until: max(wake, now.monotonic.advanced(by: .milliseconds(1))))
            case .read(let read): carryOut(read)
            }
        }
    }

    private mutating func carryOut(_ read: PollRead) {
        var fresh: [Reading] = []
        let began = now.monotonic
        switch perform(read.call) {
        case .success(let reply):
            _ = schedule.answered(read, with: reply, into: &fresh)
        case .failure(let error):
            _ = schedule.failed(read, with: error, at: now, into: &fresh)
        }
        longestExchange = max(longestExchange, began.duration(to: now.monotonic))
        readings += fresh
        pass(.milliseconds(1))
    }

    mutating func perform(_ call: ModbusCall) -> Result<ModbusReply, ModbusError> {
        var talk = LineConversation(call, timing: .init(settings: settings))
        var heard: [UInt8] = []
        while true {
            let action = talk.next(at: now, heard: heard, ledger: &ledger)
            findings += ledger.takeFindings()
            heard = []
            switch action {
            case .send(let frame): serve(frame)
            case .listen(let until): heard = listen(until: until)
            case .finish(let outcome): return outcome
            }
        }
    }

    /// Waits as `BusPolling` does: it looks for late answers meanwhile.
    private mutating func sleep(until end: MonotonicTime) {
        while now.monotonic < end, ledger.awaitsAnswers(at: now.monotonic) {
            ledger.receive(listen(until: now.monotonic), at: now.monotonic)
            findings += ledger.takeFindings()
            let step = min(end, now.monotonic.advanced(by: .milliseconds(100)))
            pass(now.monotonic.duration(to: step))
        }
        if now.monotonic < end { pass(now.monotonic.duration(to: end)) }
    }

    private mutating func listen(until end: MonotonicTime) -> [UInt8] {
        arrivals.sort { $0.at < $1.at }
        if let first = arrivals.first, first.at <= end {
            if first.at > now.monotonic { pass(now.monotonic.duration(to: first.at)) }
        } else if end > now.monotonic {
            pass(now.monotonic.duration(to: end))
        }
        let count = arrivals.prefix { $0.at <= now.monotonic }.count
        defer { arrivals.removeFirst(count) }
        return arrivals[..<count].flatMap(\.bytes)
    }

    private mutating func pass(_ duration: Duration) {
        now.monotonic = now.monotonic.advanced(by: duration)
        now.wall.timestamp = Timestamp(
            milliseconds: 1_800_000_000_000 + now.monotonic.nanoseconds / 1_000_000 - 1_000)
    }

    private mutating func arrive(_ bytes: [UInt8], after delay: Duration) {
        let at = now.monotonic.advanced(by: delay)
        let cut = Int.random(in: 0..<bytes.count, using: &random)
        if cut > 0 { arrivals.append(Arrival(at: at, bytes: Array(bytes[..<cut]))) }
        arrivals.append(
            Arrival(
                at: at.advanced(by: .milliseconds(cut > 0 ? 5 : 0)), bytes: Array(bytes[cut...])))
    }

    // MARK: - The servers

    private mutating func serve(_ frame: [UInt8]) {
        let unit = frame[0]
        requests[unit, default: 0] += 1
        let wire = settings.wireTime(bytes: frame.count)
        let start = SimulatedBus.start.monotonic
        let planned = mischief[unit] ?? Mischief()
        let isOn = start.duration(to: now.monotonic) >= .milliseconds(planned.begins)
        let mischief = isOn ? planned : Mischief(otherLengths: planned.otherLengths)
        if mischief.echoes { arrive(frame, after: wire) }
        guard let request = try? ModbusRequest(decoding: frame[1..<(frame.count - 2)]),
            var pdu = answer(to: request, mischief), !chance(mischief.lostShare)
        else { return }
        var latency = Int64.random(in: mischief.latency, using: &random)
        if chance(mischief.lateShare) {
            latency = Int64.random(in: mischief.lateness, using: &random)
        }
        let heard = now.monotonic.advanced(by: wire)
        let begin = max(heard, busyUntil[unit] ?? heard)
        let done = begin.advanced(by: .milliseconds(latency))
        busyUntil[unit] = done
        let delay = now.monotonic.duration(to: done)
        let copy = RTUFrame(unit: UnitIdentifier(unit), pdu: pdu).encoded
        if chance(mischief.damagedShare) { pdu[1] ^= 1 }
        var bytes = RTUFrame(unit: UnitIdentifier(unit), pdu: pdu).encoded
        if bytes != copy { bytes[bytes.count - 1] ^= 0x55 }
        arrive(bytes, after: delay)
        if chance(mischief.doubledShare) {
            arrive(copy, after: delay + .milliseconds(mischief.copyDelay + 5))
        }
    }

    private func answer(to request: ModbusRequest, _ mischief: Mischief) -> [UInt8]? {
        guard case .read(let range) = request else {
            return ModbusResponse.written.encoded(answering: request)
        }
        if range.count != 1 || range.table != .holding {
            switch mischief.otherLengths {
            case .answered: break
            case .refused:
                return ModbusException.illegalDataAddress.encoded(answering: request.function)
            case .mute: return nil
            }
        }
        let tenths = (now.monotonic.nanoseconds / 100_000_000) % 1_000
        let words = (0..<range.count).map { place -> UInt16 in
            let register = range.address &+ place
            if mischief.isUniform { return 7 }
            return mischief.moves ? register &* 1_000 &+ UInt16(tenths) : register
        }
        return ModbusResponse.registers(words).encoded(answering: request)
    }

    private mutating func chance(_ share: Double) -> Bool {
        share > 0 && Double.random(in: 0..<1, using: &random) < share
    }
}
