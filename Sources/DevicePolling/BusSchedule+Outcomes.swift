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
            devices[device].turn?.scout = nil
            changes += split(device)
        case .poll(let place):
            devices[device].prove(place)
            devices[device].measure(reply, of: place, into: &readings)
            devices[device].turn?.answers += 1
            devices[device].turn?.values += 1
            if devices[device].health.accepted() {
                changes.append(.acceptsAgain(devices[device].target.device))
            }
            changes += advance(device, at: reply.arrival.monotonic)
        }
        return changes
    }

    /// Takes a failure of `read`.
    ///
    /// - Parameter readings: Gets what is now known to be missing.
    package mutating func failed(
        _ read: PollRead, with error: ModbusError, at now: Moment, into readings: inout [Reading]
    ) -> [PollChange] {
        noteEnd(of: read.device, at: now.monotonic)
        return takeChanges() + outcome(of: read, error, at: now, into: &readings)
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
                devices[device].turn?.scout = nil
                changes += split(device)
            } else {
                devices[device].due = min(devices[device].due, now.wall.timestamp)
            }
            return changes
        }
        devices[device].turn?.answers += 1
        switch exception {
        case .acknowledge, .serverDeviceBusy:
            devices[device].counters.busy += 1
            postpone(device, place: place, at: now, into: &readings)
            return changes
        case .illegalFunction, .illegalDataAddress, .illegalDataValue:
            let parts = split(device)
            if !parts.isEmpty { return changes + parts }
        default:
            break
        }
        devices[device].turn?.refusal = exception
        if devices[device].refuse(place, with: exception) {
            let range = devices[device].reads[place].planned.range
            changes.append(.refused(devices[device].target.device, range, exception))
        }
        devices[device].missing(
            from: place, count: 1, reason: .exception(exception.rawValue),
            at: now, into: &readings)
        return changes + advance(device, at: now.monotonic)
    }

    /// Leaves a busy device alone for a while; others have the bus meanwhile.
    private mutating func postpone(
        _ device: Int, place: Int, at now: Moment, into readings: inout [Reading]
    ) {
        let attempts = devices[device].turn?.busyRetries ?? 0
        if attempts < policy.busyRetries {
            devices[device].turn?.busyRetries += 1
            devices[device].turn?.resumeAt = now.monotonic.advanced(
                by: policy.busyPause * (1 << attempts))
            active = nil
        } else {
            devices[device].missing(
                from: place, count: 1, reason: .busy, at: now, into: &readings)
            advance(device, at: now.monotonic)
        }
    }

    private mutating func split(_ device: Int) -> [PollChange] {
        guard let place = devices[device].turn?.place else { return [] }
        let whole = devices[device].reads[place].planned.range
        guard let parts = devices[device].split(place) else { return [] }
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
        guard var turn = devices[device].turn else { return [] }
        let state = devices[device].reads[turn.place]
        let isNews = !devices[device].health.hasMissedTurns
        if isNews, reason == .timeout, state.planned.parts.count > 1, !state.isProven,
            turn.scout != .lastPart
        {
            turn.scout = turn.scout == nil ? .firstPart : .lastPart
            devices[device].turn = turn
            park(device, after: read, cost: cost, at: now.monotonic)
            return []
        }
        if isNews, turn.scout == nil, turn.retries < policy.retries {
            turn.retries += 1
            devices[device].turn = turn
            park(device, after: read, cost: cost, at: now.monotonic)
            return []
        }
        turn.scout = nil
        turn.silences += 1
        devices[device].turn = turn
        devices[device].missing(
            from: turn.place, count: 1, reason: reason, at: now, into: &readings)
        // Two silent reads and no answer: the rest of the turn would be more of the same.
        if turn.answers == 0, turn.silences >= 2 {
            devices[device].missing(
                from: turn.place + 1, reason: reason, at: now, into: &readings)
            return endTurn(device, cost: cost, at: now.monotonic)
        }
        let changes = advance(device, cost: cost, at: now.monotonic)
        if devices[device].turn != nil {
            park(device, after: read, cost: cost, at: now.monotonic)
        }
        return changes
    }

    /// Leaves a device alone for as long as its late answer may be under way: asking it earlier
    /// would have the whole bus wait. Others have the bus meanwhile.
    private mutating func park(
        _ device: Int, after read: PollRead, cost: Duration, at now: MonotonicTime
    ) {
        let rest = max(.zero, read.call.timing.lateAnswerLimit - cost)
        devices[device].turn?.resumeAt = now.advanced(by: rest)
        active = nil
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
        } else if let turn = devices[read.device].turn {
            devices[read.device].missing(
                from: turn.place, reason: .disconnected, at: now, into: &readings)
            devices[read.device].turn = nil
            active = nil
        }
        return []
    }

    // MARK: - Progress

    /// Goes on to the next read of the turn, or ends it.
    @discardableResult
    private mutating func advance(
        _ device: Int, cost: Duration = .zero, at now: MonotonicTime
    ) -> [PollChange] {
        guard var turn = devices[device].turn else { return [] }
        turn.place += 1
        turn.retries = 0
        turn.busyRetries = 0
        turn.rests = 0
        devices[device].turn = turn
        guard turn.place >= devices[device].reads.count else { return [] }
        return endTurn(device, cost: cost, at: now)
    }

    private mutating func endTurn(
        _ device: Int, cost: Duration, at now: MonotonicTime
    ) -> [PollChange] {
        let turn = devices[device].turn ?? DevicePoll.Turn()
        devices[device].turn = nil
        active = nil
        guard turn.answers == 0 else {
            guard turn.values == 0, turn.silences == 0, let refusal = turn.refusal,
                devices[device].health.refusedTurn(at: now)
            else { return [] }
            return [.refusesAll(devices[device].target.device, refusal)]
        }
        let fellSilent = devices[device].health.missedTurn(
            cost: cost, at: now, policy: policy, interval: devices[device].urgentInterval,
            using: &random)
        return fellSilent ? [.fellSilent(devices[device].target.device)] : []
    }
}
