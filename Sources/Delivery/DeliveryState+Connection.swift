package import Execution
package import Telemetry

/// How a connection comes and goes, and what that says of what was under way.
extension DeliveryState {
    package mutating func connected(at now: MonotonicTime) {
        connection = .up(since: now)
        report.connectedSince = now
        report.nextAttempt = nil
        report.connections += 1
        sizeLimit.connected()
        for (lane, var state) in lanes {
            state.goBack()
            // What passes by itself may have passed with the earlier connection.
            if state.standing?.fault.kind != .permanent { state.pausedUntil = nil }
            lanes[lane] = state
        }
    }

    /// - Parameter isOwnWish: Whether the gateway breaks it off, and not the receiver.
    package mutating func disconnected(
        _ fault: UplinkFault, at now: MonotonicTime, isOwnWish: Bool = false
    ) {
        report.lastFault = fault
        report.connectedSince = nil
        var begin = now
        var wasUp = false
        switch connection {
        case .down: return
        case .connecting(let since): begin = since
        case .up(let since):
            (begin, wasUp) = (since, true)
            if !isOwnWish, !fault.isOfTheWay { judge(fault, at: now) }
        }
        let next = reconnection.next(
            after: fault, begin: begin, wasUp: wasUp, hasAlarm: hasPressingAlarm(at: now),
            isSearching: wasUp && (sizeLimit.isSearching || suspect != nil), at: now,
            using: &random)
        connection = .down(nextAttempt: next)
        report.nextAttempt = next
        for lane in lanes.keys { lanes[lane]?.goBack() }
    }

    /// An alarm that was appended not long ago, and that the destination does not have.
    func hasPressingAlarm(at now: MonotonicTime) -> Bool {
        guard let alarmAt, alarmAt.duration(to: now) < Reconnection.alarmPatience,
            let state = lanes[.alarm]
        else { return false }
        return state.next.scanned < state.head || !state.messages.isEmpty
    }

    /// A destination that is tried at long intervals is tried soon.
    mutating func alarmAppended(at now: MonotonicTime) {
        alarmAt = now
        guard case .down(let nextAttempt) = connection else { return }
        let isOfTheWay = report.lastFault?.isOfTheWay ?? true
        let soon = isOfTheWay ? Reconnection.alarmPeriod : settings.reconnectWithin
        let drawn = Int64.random(in: 0...soon.nanoseconds / 2, using: &random)
        let next = min(nextAttempt, now.advanced(by: .nanoseconds(drawn)))
        connection = .down(nextAttempt: next)
        report.nextAttempt = next
    }

    /// How long an attempt may take: while an alarm waits, every other one is cut short, since on
    /// a way that is cut each asks more and more seldom.
    func attemptLimit(at now: MonotonicTime) -> Duration {
        hasPressingAlarm(at: now) && reconnection.isBrief
            ? min(Reconnection.alarmAttempt, settings.connectTimeout) : settings.connectTimeout
    }

    /// A connection that ends right after a message was sent, twice: the receiver hangs up because
    /// of the message. MQTT 3.1.1 has no other way to say that it is too large.
    private mutating func judge(_ fault: UplinkFault, at now: MonotonicTime) {
        guard fault != .takenOver else { return }
        let underWay = lanes.flatMap { lane, state in
            state.messages.indices.filter {
                !state.messages[$0].open.isEmpty
                    && state.messages[$0].sentAt.duration(to: now) < .seconds(10)
            }.map { (lane: lane, place: $0, message: state.messages[$0]) }
        }
        guard let largest = underWay.max(by: { $0.message.size < $1.message.size }) else { return }
        let count = suspect.map { $0.key == largest.message.key ? $0.count + 1 : 1 } ?? 1
        suspect = (largest.message.key, count)
        guard
            count > 1 || sizeLimit.isSearching || fault.kind != .transient
                || lanes[largest.lane]?.standing?.fault.kind == .permanent
        else { return }
        suspect = nil
        let standing = lanes[largest.lane]?.standing
        if fault.kind == .permanent || standing?.fault.kind == .permanent {
            return stand(
                behind: largest.place, in: largest.lane,
                fault.kind == .permanent ? fault : standing?.fault ?? fault, at: now)
        }
        var told: Int?
        if case .tooLarge(let limit) = fault { told = limit }
        if shrink(largest.place, in: largest.lane, told, at: now) { return }
        // It cannot be made smaller, or it is not its size that the receiver minds.
        stand(
            behind: largest.place, in: largest.lane,
            .unacceptable("the receiver hangs up when it is sent this message"), at: now)
    }
}
