import DevicePolling
import DeviceProfiles
import Execution
import Metering
import Modbus

/// A bus in virtual time: servers that answer, refuse, or say nothing, as a test plans it.
struct SimulatedBus {
    enum Behaviour: Hashable {
        case answers
        case silent
        /// Busy (exception 6) for the next answers.
        case busy(Int)
        /// Refuses any read that covers this register with exception 2.
        case hole(UInt16)
        /// Says nothing to any read that covers this register.
        case silentHole(UInt16)
        case garbles
    }

    struct Sent: Hashable {
        var unit: UInt8
        var range: RegisterRange
        var at: MonotonicTime
        var wasAnswered: Bool
        var priority: BusPriority
    }

    var schedule: BusSchedule
    var behaviours: [UInt8: Behaviour] = [:]
    var now: Moment
    var sent: [Sent] = []
    var readings: [Reading] = []
    var changes: [PollChange] = []
    /// How long each unit has taken the bus.
    var cost: [UInt8: Duration] = [:]
    var slept: Duration = .zero
    let exchangeTime: Duration

    /// The start of a minute, so that aligned moments are easy to read.
    static let start = Moment(
        monotonic: MonotonicTime(nanoseconds: 1_000_000_000),
        wall: WallTime(Timestamp(milliseconds: 1_800_000_000_000), isSynchronized: true))

    init(
        _ targets: [PollTarget], exchangeTime: Duration = .milliseconds(40), seed: UInt64 = 1,
        policy: PollingPolicy = PollingPolicy()
    ) {
        now = Self.start
        self.exchangeTime = exchangeTime
        schedule = BusSchedule(targets: targets, policy: policy, start: now, seed: seed)
    }

    mutating func pass(_ duration: Duration) {
        now.monotonic = now.monotonic.advanced(by: duration)
        now.wall.timestamp = now.wall.timestamp + duration
    }

    mutating func run(for duration: Duration) {
        let end = now.monotonic.advanced(by: duration)
        while now.monotonic < end { step(before: end) }
    }

    private mutating func step(before end: MonotonicTime) {
        switch schedule.next(at: now, into: &readings) {
        case .sleep(let until):
            let pause = max(.milliseconds(1), now.monotonic.duration(to: min(until, end)))
            slept += pause
            pass(pause)
        case .read(let read):
            carryOut(read)
        }
    }

    private mutating func carryOut(_ read: PollRead) {
        guard case .read(let range) = read.call.request else { return }
        let unit = read.call.unit.rawValue
        let outcome = outcome(of: range, unit: unit, timing: read.call.timing)
        var entry = Sent(
            unit: unit, range: range, at: now.monotonic, wasAnswered: false,
            priority: read.call.priority)
        switch outcome {
        case .success(let response):
            pass(exchangeTime)
            cost[unit, default: .zero] += exchangeTime
            entry.wasAnswered = true
            let reply = ModbusReply(response, arrival: now, busTime: exchangeTime)
            changes += schedule.answered(read, with: reply, into: &readings)
        case .failure(let error):
            var taken = exchangeTime
            if case .timeout(let busTime) = error { taken = busTime }
            pass(taken)
            cost[unit, default: .zero] += taken
            changes += schedule.failed(read, with: error, at: now, into: &readings)
        }
        sent.append(entry)
    }

    private mutating func outcome(
        of range: RegisterRange, unit: UInt8, timing: ExchangeTiming
    ) -> Result<ModbusResponse, ModbusError> {
        func covers(_ register: UInt16) -> Bool {
            range.contains(RegisterRange(range.table, at: register, count: 1))
        }
        let words = (0..<range.count).map { range.address &+ $0 }
        switch behaviours[unit] ?? .answers {
        case .silent: return .failure(.timeout(busTime: timing.responseTimeout))
        case .garbles: return .failure(.corrupt(.checksum))
        case .busy(let times) where times > 0:
            behaviours[unit] = .busy(times - 1)
            return .failure(.exception(.serverDeviceBusy))
        case .hole(let register) where covers(register):
            return .failure(.exception(.illegalDataAddress))
        case .silentHole(let register) where covers(register):
            return .failure(.timeout(busTime: timing.responseTimeout))
        case .answers, .busy, .hole, .silentHole:
            return .success(.registers(words))
        }
    }
}

/// A device whose points are 16-bit registers that hold their own address.
func target(
    _ unit: UInt8, registers: [UInt16] = [10, 11, 12], every: Duration = .seconds(10),
    gapLimit: UInt16 = 0, firstIndex: Int = 0, timeout: Duration = .milliseconds(300)
) -> PollTarget {
    let points = registers.enumerated().map { number, register in
        PolledPoint(
            index: PointIndex(firstIndex + number),
            profile: PointProfile(
                name: PointName("register.\(register)")!,
                range: RegisterRange(.holding, at: register, count: 1),
                encoding: RegisterEncoding(type: .uint16)))
    }
    return PollTarget(
        device: DeviceIdentifier("device-\(unit)")!, unit: UnitIdentifier(unit),
        interval: PollInterval(every), limits: ProfileLimits(gapLimit: gapLimit),
        timing: ExchangeTiming(responseTimeout: timeout), points: points)
}
