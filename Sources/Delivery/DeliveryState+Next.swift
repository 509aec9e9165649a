package import Execution
import Telemetry

/// What to do.
extension DeliveryState {
    /// What to do now; `nil` when there is nothing before the next event or ``nextLook(at:)``.
    package mutating func next(at now: MonotonicTime) -> Action? {
        if !actions.isEmpty { return actions.removeFirst() }
        refill(at: now)
        switch connection {
        case .down(let nextAttempt):
            guard now >= nextAttempt else { return nil }
            connection = .connecting(since: now)
            return .connect
        case .connecting(let since):
            guard since.duration(to: now) > attemptLimit(at: now) else { return nil }
            disconnected(.unreachable("no answer in time"), at: now)
            return .disconnect(.unreachable("no answer in time"))
        case .up(let since):
            if since.duration(to: now) > Reconnection.settledAfter { reconnection.reset() }
            return nextWhileConnected(at: now)
        }
    }

    /// When to look again, where no event comes before: soon while something waits or is under way.
    ///
    /// Where nothing does, seldom: whatever is new comes with an event.
    package func nextLook(at now: MonotonicTime) -> MonotonicTime {
        let (soon, late) = (now.advanced(by: Self.soon), now.advanced(by: Self.seldom))
        switch connection {
        case .down(let nextAttempt): return min(max(nextAttempt, now), late)
        case .connecting: return soon
        case .up:
            let isBusy = lanes.values.contains { lane in
                !lane.messages.isEmpty || lane.next.scanned < lane.head || lane.standing != nil
            }
            if isBusy { return soon }
            let quiet = lanes.values.compactMap(\.quietSince).min()
            return min(max(quiet?.advanced(by: settings.emptyAfter) ?? late, soon), late)
        }
    }

    private static let soon: Duration = .milliseconds(500)
    private static let seldom: Duration = .seconds(5)

    private mutating func nextWhileConnected(at now: MonotonicTime) -> Action? {
        let isStuck = lanes.values.contains { state in
            state.messages.contains {
                !$0.open.isEmpty && $0.sentAt.duration(to: now) > settings.acceptTimeout
            }
        }
        if isStuck {
            let fault = UplinkFault.refused("the broker takes no messages any more")
            disconnected(fault, at: now, isOwnWish: true)
            return .disconnect(fault)
        }
        for lane in Lane.allCases {
            if let action = next(in: lane, at: now) { return action }
        }
        return nil
    }

    private mutating func next(in lane: Lane, at now: MonotonicTime) -> Action? {
        guard var state = lanes[lane] else { return nil }
        if let until = state.pausedUntil, now < until { return nil }
        if isLate(state, at: now) {
            state.goBack()
            lanes[lane] = state
        }
        guard !state.isWithBroker, state.underWay < state.window else { return nil }
        if let waiting = state.messages.first(where: \.isWaiting) { return .resend(waiting.key) }
        if isStalled(state, at: now) { return nil }
        if state.next.scanned < state.head {
            // The newest batch is live, and alarms are; all else waits for its allowance.
            return lane != .alarm && state.backlog > 0 && allowance < 1 ? nil : .send(lane)
        }
        if let quiet = state.quietSince, quiet.duration(to: now) >= settings.emptyAfter {
            lanes[lane]?.quietSince = now
            return .cover(lane)
        }
        return nil
    }

    /// Whether the platform is late: nothing new is sent then.
    func isStalled(_ state: LaneState, at now: MonotonicTime) -> Bool {
        guard let lowest = state.lowest else { return false }
        return lowest.isWaiting || lowest.sentAt.duration(to: now) > settings.stallTimeout
    }

    /// Whether the oldest message is to be sent again: it was not acknowledged for too long, or
    /// others were and it was not.
    private func isLate(_ state: LaneState, at now: MonotonicTime) -> Bool {
        guard settings.waitsForPlatform, let lowest = state.lowest, lowest.isUnderWay,
            lowest.open.isEmpty
        else { return false }
        let waited = lowest.sentAt.duration(to: now)
        let first = patience(for: lowest.lane)
        if waited > first * min(lowest.attempts, 2) { return true }
        // The platform acknowledges what was sent later: the lowest is what it wants next.
        guard waited > first / 6 * min(lowest.attempts, 6) else { return false }
        return answeredOf.map { $0 > lowest.sentAt } ?? false
    }

    private func patience(for lane: Lane) -> Duration {
        lane == .alarm ? settings.acknowledgeTimeout / 6 : settings.acknowledgeTimeout
    }

    /// What is to be told beside counters.
    package var status: DeliveryFigures {
        var status = report
        status.underWay = lanes.values.reduce(0) {
            $0 + $1.messages.count { !$0.isAcknowledged }
        }
        status.standing = Lane.allCases.compactMap { lanes[$0]?.standing }
        status.sizeLimit = sizeLimit.bytes
        if settings.waitsForPlatform {
            status.unacknowledgedSince =
                lanes.values.flatMap(\.messages).filter { !$0.isAcknowledged && $0.open.isEmpty }
                .map(\.firstSentAt).min()
        }
        for (lane, state) in lanes { status.behind[lane] = max(0, state.head - state.next.scanned) }
        return status
    }

    private mutating func refill(at now: MonotonicTime) {
        let passed = allowanceAt.duration(to: now).inSeconds
        let rate = Double(settings.drainPerSecond)
        allowance = min(max(rate, allowance), allowance + passed * rate)
        allowanceAt = now
    }
}
