package import Execution
package import Metering
import Modbus

/// Decides what a bus does next, and what its answers mean. A pure state machine.
///
/// - Each device is read at moments aligned to the clock; the one waiting longest goes first.
/// - A merged read that is refused with exception 1, 2 or 3, or was never answered and finds
///   silence, is split for good.
/// - A device that leaves several turns unanswered is *silent*: it is probed at growing pauses
///   within a fixed share of the bus, and read again as soon as a probe is answered.
/// - A busy device (exception 5 or 6) is asked again later; it is not taken for dead.
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
            if let active { devices[active].turn?.resumeAt = now.monotonic }
            return .read(takeUp(first, at: now))
        }
        if let active { return .read(read(of: active, at: now)) }
        if let silent = devices.indices.first(where: { isProbeDue($0, at: now.monotonic) }),
            let probe = probe(of: silent, at: now)
        {
            return .read(probe)
        }
        var wake = now.monotonic.advanced(by: Self.longestSleep)
        var chosen: (place: Int, rank: DevicePoll.Rank)?
        for place in devices.indices {
            realign(place, at: now.wall.timestamp)
            if let resume = devices[place].turn?.resumeAt { wake = min(wake, resume) }
            if let probe = nextProbe(of: place) { wake = min(wake, probe) }
            guard devices[place].turn == nil else { continue }
            let due = devices[place].due
            if due > now.wall.timestamp {
                wake = min(wake, now.monotonic.advanced(by: due - now.wall.timestamp))
            } else if devices[place].health.isSilent {
                devices[place].forgetImage()
                devices[place].missing(
                    from: 0, reason: .silent, at: now, into: &readings)
                setNextSlot(of: place, at: now.wall.timestamp)
            } else {
                let rank = devices[place].rank
                if chosen.map({ rank < $0.rank }) ?? true { chosen = (place, rank) }
            }
        }
        if let parked = parkedTurn(at: now, before: chosen?.place) {
            return .read(takeUp(parked, at: now))
        }
        guard let chosen else { return .sleep(until: wake) }
        return .read(takeUp(chosen.place, at: now))
    }

    /// Goes on with the parked turn of a device, or begins one.
    private mutating func takeUp(_ device: Int, at now: Moment) -> PollRead {
        if devices[device].turn == nil {
            noteOverrun(of: device, at: now)
            setNextSlot(of: device, at: now.wall.timestamp)
            devices[device].beginTurn(at: now.monotonic)
        }
        devices[device].turn?.resumeAt = nil
        active = device
        return read(of: device, at: now)
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
        guard devices[device].turn == nil, let next = devices[device].health.nextProbe else {
            return nil
        }
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

    /// The read that the device's turn has come to.
    private func read(of device: Int, at now: Moment) -> PollRead {
        let place = devices[device].turn?.place ?? 0
        let scout = devices[device].turn?.scout
        let call = ModbusCall(
            .read(devices[device].range(of: place, scout)), to: devices[device].target.unit,
            priority: .scheduledPoll, timing: devices[device].target.timing)
        return PollRead(
            call: call, asked: now.monotonic, device: device,
            purpose: scout == nil ? .poll(place) : .scout)
    }

    /// The parked turn that goes on now: the one that could have longest, unless a device was due
    /// before it.
    private func parkedTurn(at now: Moment, before due: Int?) -> Int? {
        var parked: (place: Int, resumeAt: MonotonicTime)?
        for place in devices.indices {
            guard let resumeAt = devices[place].turn?.resumeAt, resumeAt <= now.monotonic else {
                continue
            }
            if parked.map({ resumeAt < $0.resumeAt }) ?? true { parked = (place, resumeAt) }
        }
        guard let first = parked else { return nil }
        guard let due else { return first.place }
        let overdue = now.wall.timestamp - devices[due].due
        return overdue > first.resumeAt.duration(to: now.monotonic) ? nil : first.place
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
