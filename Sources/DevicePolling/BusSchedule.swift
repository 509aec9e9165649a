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
/// - What cannot be read is reported as missing, with its reason, once a turn.
package struct BusSchedule: Sendable {
    var devices: [DevicePoll]
    let policy: PollingPolicy
    var random: SeededRandom
    /// How far local time is ahead of UTC; intervals are aligned to local time.
    package var localOffset: Duration = .zero
    /// The device whose turn is under way.
    var active: Int?
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
        self.policy = policy
        random = SeededRandom(seed: seed)
    }

    /// Says what to do now.
    ///
    /// - Parameter readings: Gets the missing readings of silent devices that were due.
    package mutating func next(at now: Moment, into readings: inout [Reading]) -> PollStep {
        if let active { return .read(read(of: active)) }
        if let silent = devices.firstIndex(where: { $0.isProbeDue(at: now.monotonic) }),
            let probe = probe(of: silent)
        {
            return .read(probe)
        }
        var wake = now.monotonic.advanced(by: Self.longestSleep)
        var chosen: Int?
        for place in devices.indices {
            realign(place, at: now.wall.timestamp)
            if let resume = devices[place].turn?.resumeAt { wake = min(wake, resume) }
            if let probe = devices[place].health.nextProbe { wake = min(wake, probe) }
            guard devices[place].turn == nil else { continue }
            let due = devices[place].due
            if due > now.wall.timestamp {
                wake = min(wake, now.monotonic.advanced(by: due - now.wall.timestamp))
            } else if devices[place].health.isSilent {
                devices[place].missing(
                    from: 0, reason: .silent, at: now, into: &readings)
                setNextSlot(of: place, at: now.wall.timestamp)
            } else if chosen.map({ devices[place].precedes(devices[$0]) }) ?? true {
                chosen = place
            }
        }
        if let parked = parkedTurn(at: now, before: chosen) {
            devices[parked].turn?.resumeAt = nil
            active = parked
            return .read(read(of: parked))
        }
        guard let chosen else { return .sleep(until: wake) }
        setNextSlot(of: chosen, at: now.wall.timestamp)
        devices[chosen].beginTurn(at: now.monotonic)
        active = chosen
        return .read(read(of: chosen))
    }

    /// The state of each device, in the order of the targets.
    package var report: [DeviceReport] {
        devices.map {
            DeviceReport(
                device: $0.target.device, health: $0.health, counters: $0.counters,
                reads: $0.reads.map(\.planned.range))
        }
    }

    // MARK: - Turns

    /// The read that the device's turn has come to.
    private func read(of device: Int) -> PollRead {
        let poll = devices[device]
        let turn = poll.turn ?? DevicePoll.Turn()
        let planned = poll.reads[turn.place].planned
        let range =
            switch turn.scout {
            case .firstPart: planned.parts.first ?? planned.range
            case .lastPart: planned.parts.last ?? planned.range
            case nil: planned.range
            }
        let call = ModbusCall(
            .read(range), to: poll.target.unit, priority: .scheduledPoll,
            timing: poll.target.timing)
        return PollRead(
            call: call, device: device, purpose: turn.scout == nil ? .poll(turn.place) : .scout)
    }

    /// The parked turn that goes on now: the one that could have longest, unless a device was due
    /// before it.
    private func parkedTurn(at now: Moment, before due: Int?) -> Int? {
        let resumable = devices.indices.compactMap { place in
            devices[place].turn?.resumeAt.map { (place: place, resumeAt: $0) }
        }
        guard let first = resumable.min(by: { $0.resumeAt < $1.resumeAt }),
            first.resumeAt <= now.monotonic
        else { return nil }
        guard let due else { return first.place }
        let overdue = now.wall.timestamp - devices[due].due
        return overdue > first.resumeAt.duration(to: now.monotonic) ? nil : first.place
    }

    private func probe(of device: Int) -> PollRead? {
        let poll = devices[device]
        guard let range = poll.probeRange else { return nil }
        var timing = poll.target.timing
        timing.responseTimeout = poll.health.probeTimeout(within: timing.responseTimeout)
        let call = ModbusCall(
            .read(range), to: poll.target.unit, priority: .probe, timing: timing)
        return PollRead(call: call, device: device, purpose: .probe)
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
