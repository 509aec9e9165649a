package import Execution
package import Metering
package import Modbus

extension BusSchedule {
    /// Takes an answer to `read`.
    ///
    /// - Parameter readings: Gets what was measured.
    package mutating func answered(
        _ read: PollRead, with reply: ModbusReply, into readings: inout [Reading]
    ) -> [PollChange] {
        let device = read.device
        let time = reply.arrival.wall.timestamp
        noteEnd(of: device, at: reply.arrival.monotonic)
        var changes = takeChanges() + alive(device, busTime: reply.busTime, at: reply.arrival)
        switch read.purpose {
        case .probe:
            // Back at once, not only at the next aligned moment.
            devices[device].due = min(devices[device].due, time)
        case .scout:
            // A part answers where the whole was silent: the whole is what the device cannot do.
            changes += split(device)
        case .poll(let place):
            devices[device].prove(place)
            devices[device].measure(reply, of: place, into: &readings)
            devices[device].turn.tally.answers += 1
            devices[device].turn.tally.values += 1
            if devices[device].health.accepted() {
                changes.append(.acceptsAgain(devices[device].target.device))
            }
            changes += advance(device, at: reply.arrival.monotonic)
        }
        releaseBus()
        return changes
    }

    /// Takes a failure of `read`.
    ///
    /// - Parameter readings: Gets what is now known to be missing.
    package mutating func failed(
        _ read: PollRead, with error: ModbusError, at now: Moment, into readings: inout [Reading]
    ) -> [PollChange] {
        noteEnd(of: read.device, at: now.monotonic)
        let changes = takeChanges() + outcome(of: read, error, at: now, into: &readings)
        releaseBus()
        return changes
    }

    mutating func outcome(
        of read: PollRead, _ error: ModbusError, at now: Moment, into readings: inout [Reading]
    ) -> [PollChange] {
        let device = read.device
        if case .resting(let until) = error {
            return rest(read, until: until, at: now, into: &readings)
        }
        devices[device].counters.lastFault = error
        switch error {
        case .exception(.gatewayPathUnavailable), .exception(.gatewayTargetFailedToRespond):
            // A gateway on the way has waited in vain, as we would have, for as long as it took.
            devices[device].counters.timeouts += 1
            let cost = read.asked.duration(to: now.monotonic)
            return silence(read, cost: cost, reason: .timeout, at: now, into: &readings)
        case .timeout(let cost):
            devices[device].counters.timeouts += 1
            return silence(read, cost: cost, reason: .timeout, at: now, into: &readings)
        case .corrupt:
            devices[device].counters.corrupt += 1
            let cost = read.call.timing.responseTimeout
            return silence(read, cost: cost, reason: .corrupt, at: now, into: &readings)
        case .exception(let exception):
            return refused(read, exception, at: now, into: &readings)
        case .disconnected, .cancelled, .queueFull, .resting:
            return disconnected(read, at: now, into: &readings)
        }
    }

    // MARK: - The device is there

    private mutating func alive(_ device: Int, busTime: Duration, at now: Moment) -> [PollChange] {
        devices[device].counters.answers += 1
        devices[device].counters.lastAnswer = now.wall.timestamp
        devices[device].counters.lastBusTime = busTime
        guard let since = devices[device].health.answered(within: busTime) else { return [] }
        let silence = since.duration(to: now.monotonic)
        return [.recovered(devices[device].target.device, after: silence)]
    }

    private mutating func refused(
        _ read: PollRead, _ exception: ModbusException, at now: Moment,
        into readings: inout [Reading]
    ) -> [PollChange] {
        let device = read.device
        devices[device].counters.exceptions += 1
        var changes = alive(device, busTime: .zero, at: now)
        guard case .poll(let place) = read.purpose else {
            if case .scout = read.purpose {
                changes += split(device)
            } else {
                devices[device].due = min(devices[device].due, now.wall.timestamp)
            }
            return changes
        }
        devices[device].turn.tally.answers += 1
        switch exception {
        case .acknowledge, .serverDeviceBusy:
            devices[device].counters.busy += 1
            return changes + postpone(device, at: now, into: &readings)
        case .illegalFunction, .illegalDataAddress, .illegalDataValue:
            let parts = split(device)
            if !parts.isEmpty { return changes + parts }
        default:
            break
        }
        devices[device].turn.tally.refusal = exception
        if devices[device].refuse(place, with: exception) {
            let range = devices[device].reads[place].planned.range
            changes.append(.refused(devices[device].target.device, range, exception))
        }
        devices[device].missing(
            place, reason: .exception(exception.rawValue), at: now, into: &readings)
        return changes + advance(device, at: now.monotonic)
    }

    /// Leaves a busy device alone for a while; others have the bus meanwhile.
    private mutating func postpone(
        _ device: Int, at now: Moment, into readings: inout [Reading]
    ) -> [PollChange] {
        guard case .asking(var attempt, let tally) = devices[device].turn else { return [] }
        guard attempt.busyRetries < policy.busyRetries else {
            devices[device].missing(attempt.place, reason: .busy, at: now, into: &readings)
            return advance(device, at: now.monotonic)
        }
        let pause = policy.busyPause * (1 << attempt.busyRetries)
        attempt.busyRetries += 1
        devices[device].turn = .parked(
            attempt, tally, until: now.monotonic.advanced(by: pause))
        return []
    }

    private mutating func split(_ device: Int) -> [PollChange] {
        guard case .asking(var attempt, let tally) = devices[device].turn else { return [] }
        let isScouted = attempt.extent != .whole
        attempt.extent = .whole
        devices[device].turn = .asking(attempt, tally)
        let whole = devices[device].reads[attempt.place].planned.range
        guard let parts = devices[device].split(attempt.place) else {
            // Its parts overlap: looking into it once more would lead here for ever.
            if isScouted { devices[device].reads[attempt.place].isProven = true }
            return []
        }
        return [.split(devices[device].target.device, whole, into: parts)]
    }

    // MARK: - Nothing, or nothing that makes sense

    private mutating func silence(
        _ read: PollRead, cost: Duration, reason: MissingReason, at now: Moment,
        into readings: inout [Reading]
    ) -> [PollChange] {
        let device = read.device
        guard read.purpose != .probe else {
            devices[device].counters.probes += 1
            let interval = devices[device].urgentInterval
            devices[device].health.missedProbe(
                cost: cost, at: now.monotonic, policy: policy, interval: interval, using: &random)
            if interval == nil {
                probesRestUntil = now.monotonic.advanced(by: cost * policy.probeRest)
            }
            return []
        }
        guard case .asking(var attempt, var tally) = devices[device].turn else { return [] }
        let place = attempt.place
        let parked = now.monotonic.advanced(
            by: max(.zero, read.call.timing.lateAnswerLimit - cost))
        if !devices[device].health.hasMissedTurns {
            if reason == .timeout, attempt.extent != .lastPart,
                !devices[device].reads[place].isProven,
                devices[device].reads[place].planned.parts.count > 1
            {
                attempt.extent = attempt.extent == .whole ? .firstPart : .lastPart
                devices[device].turn = .parked(attempt, tally, until: parked)
                return []
            }
            if attempt.extent == .whole, attempt.retries < policy.retries {
                attempt.retries += 1
                devices[device].turn = .parked(attempt, tally, until: parked)
                return []
            }
        }
        tally.silences += 1
        devices[device].missing(place, reason: reason, at: now, into: &readings)
        // Two silent reads and no answer: the rest of the turn would be more of the same.
        if tally.answers == 0, tally.silences >= 2 {
            devices[device].abandonTurn(reason: reason, at: now, into: &readings)
        }
        devices[device].goOn(after: place, tally, at: now.monotonic)
        // Asking the device while its late answer may be under way would have the whole bus wait.
        devices[device].park(until: parked)
        return judge(device, by: tally, cost: cost, at: now.monotonic)
    }

    private mutating func disconnected(
        _ read: PollRead, at now: Moment, into readings: inout [Reading]
    ) -> [PollChange] {
        // Nothing was learnt about the device: its bus is what failed.
        if case .probe = read.purpose {
            let interval = devices[read.device].urgentInterval
            devices[read.device].health.missedProbe(
                cost: .zero, at: now.monotonic, policy: policy, interval: interval,
                using: &random)
        } else {
            devices[read.device].abandonTurn(reason: .disconnected, at: now, into: &readings)
            devices[read.device].forgetRests()
            devices[read.device].turn = .idle
        }
        return []
    }

    // MARK: - Progress

    /// Goes on to the next read of the turn, or ends it.
    private mutating func advance(_ device: Int, at now: MonotonicTime) -> [PollChange] {
        guard case .asking(let attempt, let tally) = devices[device].turn else { return [] }
        devices[device].goOn(after: attempt.place, tally, at: now)
        return judge(device, by: tally, at: now)
    }

    /// Judges a device by its turn, where that is over.
    ///
    /// - Parameter cost: How long the bus was taken by the last attempt.
    mutating func judge(
        _ device: Int, by tally: DevicePoll.Tally, cost: Duration = .zero, at now: MonotonicTime
    ) -> [PollChange] {
        guard case .idle = devices[device].turn else { return [] }
        if tally.answers > 0 {
            guard tally.values == 0, tally.silences == 0, tally.omissions == 0,
                let refusal = tally.refusal, devices[device].health.refusedTurn(at: now)
            else { return [] }
            return [.refusesAll(devices[device].target.device, refusal)]
        }
        // Where it was only left alone nothing was learnt.
        guard tally.silences > 0 else { return [] }
        let fellSilent = devices[device].health.missedTurn(
            cost: cost, at: now, policy: policy, interval: devices[device].urgentInterval,
            using: &random)
        return fellSilent ? [.fellSilent(devices[device].target.device)] : []
    }

    /// Leaves the bus to others, unless the turn goes on at once.
    private mutating func releaseBus() {
        guard let device = active else { return }
        if case .asking = devices[device].turn { return }
        active = nil
    }
}
