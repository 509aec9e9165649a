package import Execution
package import Metering
import Modbus

/// Decides what a bus does next, and what its answers mean. A pure state machine.
///
/// Its inputs are ``next(at:into:)``, whenever the bus is free, and for each read that this asks for
/// its outcome before the next: ``answered(_:with:into:)`` or ``failed(_:with:at:into:)``. Its
/// actions are the ``PollStep`` to carry out, the readings, each point once a turn, and each
/// ``PollChange`` once. Nothing throws: what fails is a state of a device, and told as missing.
///
/// - Each device is read at moments aligned to the clock; the one waiting longest goes first.
/// - A merged read that is refused with exception 1, 2 or 3, or was never answered and finds
///   silence, is split for good.
/// - A device that leaves several turns unanswered is *silent*: it is probed at growing pauses
///   within a fixed share of the bus, and read again as soon as a probe is answered.
/// - A busy device (exception 5 or 6) is asked again later; it is not taken for dead.
/// - A read that could be answered by something else rests; the device's other reads go on. Where
///   its rest does not end before the device is due again, its points are missing in this turn.
/// - Whoever is asked again, for whatever reason, is asked after those that were due before.
/// - An urgent device that is due goes before all others, also between two reads of another's turn;
///   it is probed as often as it is read, or every 5 s. On its bus, what others do not answer may
///   hold the bus for a bounded time only.
/// - What cannot be read is reported as missing, with its reason, once a turn.
package struct BusSchedule: Sendable {
    var devices: [DevicePoll]
    let policy: PollingPolicy
    var random: SeededRandom
    /// How far local time is ahead of UTC; intervals are aligned to local time.
    package var localOffset: Duration = .zero
    /// The device whose turn is under way.
    var active: Int?
    /// The devices that are urgent.
    private let urgent: [Int]
    /// When a device that is not urgent last had the bus.
    private var othersServedAt: MonotonicTime
    /// Until when no device that is not urgent is probed, where there are urgent ones.
    var probesRestUntil = MonotonicTime(nanoseconds: .min)
    /// What became clear between two outcomes.
    private var pending: [PollChange] = []
    /// The longest sleep, so that a clock that was set is noticed.
    private static let longestSleep: Duration = .seconds(5)

    /// - Parameters:
    ///   - targets: The devices of one bus.
    ///   - start: Now: every device is first read at once, then at its aligned moments.
    package init(
        targets: [PollTarget], policy: PollingPolicy = PollingPolicy(), start: Moment, seed: UInt64
    ) {
        devices = targets.filter { !$0.points.isEmpty }.map {
            DevicePoll($0, due: start.wall.timestamp)
        }
        urgent = devices.indices.filter { [devices] in devices[$0].target.isUrgent }
        othersServedAt = start.monotonic
        self.policy = policy
        random = SeededRandom(seed: seed)
    }

    /// Says what to do now.
    ///
    /// - Parameter readings: Gets the missing readings of silent devices that were due.
    package mutating func next(at now: Moment, into readings: inout [Reading]) -> PollStep {
        if let first = urgentTurn(at: now) {
            if let active { devices[active].park(until: now.monotonic) }
            active = nil
            return goOn(with: first, at: now, into: &readings)
        }
        if let active, let read = read(of: active, at: now) { return .read(read) }
        if let silent = devices.indices.first(where: { isProbeDue($0, at: now.monotonic) }),
            let probe = probe(of: silent, at: now)
        {
            return .read(probe)
        }
        var wake = now.monotonic.advanced(by: Self.longestSleep)
        var chosen: (place: Int, rank: DevicePoll.Rank)?
        var parked: (place: Int, resumeAt: MonotonicTime)?
        for place in devices.indices {
            realign(place, at: now.wall.timestamp)
            if let probe = nextProbe(of: place) { wake = min(wake, probe) }
            guard case .idle = devices[place].turn else {
                guard let resumeAt = devices[place].turn.resumeAt else { continue }
                wake = min(wake, resumeAt)
                if resumeAt <= now.monotonic, parked.map({ resumeAt < $0.resumeAt }) ?? true {
                    parked = (place, resumeAt)
                }
                continue
            }
            let due = devices[place].due
            if due > now.wall.timestamp {
                wake = min(wake, now.monotonic.advanced(by: due - now.wall.timestamp))
            } else if devices[place].health.isSilent {
                devices[place].missingTurn(reason: .silent, at: now, into: &readings)
                setNextSlot(of: place, at: now.wall.timestamp)
            } else {
                let rank = devices[place].rank
                if chosen.map({ rank < $0.rank }) ?? true { chosen = (place, rank) }
            }
        }
        // The turn that could go on longest, unless a device was due before it.
        if let parked, chosen.map({ !wasDue($0.rank.due, before: parked.resumeAt, now) }) ?? true {
            return goOn(with: parked.place, at: now, into: &readings)
        }
        guard let chosen else { return .sleep(until: wake) }
        return goOn(with: chosen.place, at: now, into: &readings)
    }

    private func wasDue(_ due: Timestamp, before resumeAt: MonotonicTime, _ now: Moment) -> Bool {
        now.wall.timestamp - due > resumeAt.duration(to: now.monotonic)
    }

    /// Goes on with the turn of a device, or begins one; with another's where none of its reads may
    /// be asked yet.
    private mutating func goOn(
        with device: Int, at now: Moment, into readings: inout [Reading]
    ) -> PollStep {
        if case .idle = devices[device].turn {
            noteOverrun(of: device, at: now)
            setNextSlot(of: device, at: now.wall.timestamp)
            devices[device].beginTurn(at: now, into: &readings)
        } else {
            devices[device].resume(at: now.monotonic)
        }
        if let read = read(of: device, at: now) {
            active = device
            return .read(read)
        }
        // It is not due any more, and whatever it waits for comes later: this ends.
        return next(at: now, into: &readings)
    }

    // MARK: - Urgent devices

    /// The urgent device that goes before whatever is under way; `nil` too where the others have
    /// waited long enough.
    private func urgentTurn(at now: Moment) -> Int? {
        if let active, devices[active].target.isUrgent { return nil }
        guard !urgent.isEmpty,
            othersServedAt.duration(to: now.monotonic) < policy.othersWait
        else { return nil }
        var first: (place: Int, rank: DevicePoll.Rank)?
        for place in urgent where devices[place].isWaiting(at: now) {
            let rank = devices[place].rank
            if first.map({ rank < $0.rank }) ?? true { first = (place, rank) }
        }
        return first?.place
    }

    /// Takes note that a read of a device is over.
    mutating func noteEnd(of device: Int, at now: MonotonicTime) {
        if !devices[device].target.isUrgent { othersServedAt = now }
    }

    /// When a silent device is probed next: where there are urgent devices, the probes of others
    /// leave the bus to them between each other.
    private func nextProbe(of device: Int) -> MonotonicTime? {
        guard case .idle = devices[device].turn, let next = devices[device].health.nextProbe
        else { return nil }
        if urgent.isEmpty || devices[device].target.isUrgent { return next }
        return max(next, probesRestUntil)
    }

    private func isProbeDue(_ device: Int, at now: MonotonicTime) -> Bool {
        nextProbe(of: device).map { $0 <= now } ?? false
    }

    // MARK: - News

    /// What became clear since this was last asked.
    mutating func takeChanges() -> [PollChange] {
        defer { pending = [] }
        return pending
    }

    private mutating func noteOverrun(of device: Int, at now: Moment) {
        let interval = devices[device].target.interval
        let next = interval.slot(after: now.wall.timestamp, offset: localOffset)
        let missed = interval.slots(between: devices[device].due, and: next)
        let change = devices[device].overruns.note(
            missed: missed, each: interval.length, at: now.monotonic)
        switch change {
        case .overloaded(let percent)?:
            pending.append(.overloaded(devices[device].target.device, percent: percent))
        case .keepsUp?: pending.append(.keepsUp(devices[device].target.device))
        case nil: break
        }
    }

    /// The state of each device, in the order of the targets.
    package var report: [PolledDevice] {
        devices.map {
            PolledDevice(
                device: $0.target.device, health: $0.health, counters: $0.counters,
                overrunShare: $0.overruns.isOverloaded ? $0.overruns.share : nil,
                reads: $0.reads.map(\.planned.range))
        }
    }

    // MARK: - Turns

    /// The read that the device's turn has come to; `nil` where it does not want the bus now.
    private func read(of device: Int, at now: Moment) -> PollRead? {
        guard case .asking(let attempt, _) = devices[device].turn else { return nil }
        let range = devices[device].range(of: attempt.place, attempt.extent)
        let call = ModbusCall(
            .read(range), to: devices[device].target.unit, priority: .scheduledPoll,
            timing: devices[device].target.timing)
        return PollRead(
            call: call, asked: now.monotonic, device: device,
            purpose: attempt.extent == .whole ? .poll(attempt.place) : .scout)
    }

    private func probe(of device: Int, at now: Moment) -> PollRead? {
        let poll = devices[device]
        guard let range = poll.probeRange else { return nil }
        var timing = poll.target.timing
        let hold = urgent.isEmpty || poll.target.isUrgent ? nil : policy.probeHold
        timing.responseTimeout = poll.health.probeTimeout(
            within: timing.responseTimeout, hold: hold)
        let call = ModbusCall(
            .read(range), to: poll.target.unit, priority: .probe, timing: timing)
        return PollRead(call: call, asked: now.monotonic, device: device, purpose: .probe)
    }

    private mutating func setNextSlot(of device: Int, at now: Timestamp) {
        let interval = devices[device].target.interval
        let next = interval.slot(after: now, offset: localOffset)
        let missed = interval.slots(between: devices[device].due, and: next)
        devices[device].counters.overruns += UInt64(missed)
        devices[device].due = next
    }

    /// Keeps a clock that was set back from leaving a device unread until it catches up.
    private mutating func realign(_ device: Int, at now: Timestamp) {
        let interval = devices[device].target.interval
        guard devices[device].due - now > interval.length else { return }
        devices[device].due = interval.slot(after: now, offset: localOffset)
    }
}
