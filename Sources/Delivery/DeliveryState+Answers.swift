package import Execution
package import Telemetry

/// What brokers and platforms answer to messages.
extension DeliveryState {
    /// The broker has taken a payload over.
    package mutating func accepted(_ token: UInt64, at now: MonotonicTime) {
        guard let (lane, place) = message(of: token), var state = lanes[lane] else { return }
        let size = state.messages[place].size
        state.messages[place].open.remove(token)
        report.accepted += 1
        sizeLimit.passed(size)
        let key = state.messages[place].key
        if suspect?.key == key { suspect = nil }
        if let standing = state.standing, state.messages[place].open.isEmpty,
            key.sequences.upperBound >= standing.key.sequences.lowerBound
        {
            state.standing = nil
            state.refusals = 0
            if standing.isTold {
                actions.append(.tellGoingOn(key, refusedFor: standing.since.duration(to: now)))
            }
        }
        lanes[lane] = state
        if !settings.waitsForPlatform, state.messages[place].open.isEmpty {
            complete(place, in: lane)
        }
    }

    /// The destination has stored the message of a key.
    package mutating func acknowledged(_ key: IdempotencyKey, at now: MonotonicTime) {
        guard settings.waitsForPlatform,
            let place = lanes[key.lane]?.messages.firstIndex(where: { $0.key == key })
        else { return }
        // What was sent before it, and is not acknowledged, is overdue.
        if let sentAt = lanes[key.lane]?.messages[place].sentAt {
            answeredOf = max(answeredOf ?? sentAt, sentAt)
        }
        complete(place, in: key.lane)
    }

    /// The destination has not taken a payload.
    package mutating func refused(_ token: UInt64, _ fault: UplinkFault, at now: MonotonicTime) {
        guard let (lane, place) = message(of: token), let key = lanes[lane]?.messages[place].key
        else { return }
        refuse(key, fault, at: now)
    }

    /// A message was not taken: it is made smaller, or it waits and is sent again.
    package mutating func refuse(
        _ key: IdempotencyKey, _ fault: UplinkFault, at now: MonotonicTime
    ) {
        guard let place = lanes[key.lane]?.messages.firstIndex(where: { $0.key == key }) else {
            return
        }
        report.refusals += 1
        report.lastFault = fault
        if case .tooLarge(let told) = fault, shrink(place, in: key.lane, told, at: now) { return }
        stand(behind: place, in: key.lane, fault, at: now)
    }

    private func message(of token: UInt64) -> (Lane, Int)? {
        for (lane, state) in lanes {
            if let place = state.messages.firstIndex(where: { $0.open.contains(token) }) {
                return (lane, place)
            }
        }
        return nil
    }

    /// Notes that a message has arrived, and moves the cursor over all that have.
    mutating func complete(_ place: Int, in lane: Lane) {
        guard var state = lanes[lane], !state.messages[place].isAcknowledged else { return }
        state.messages[place].isAcknowledged = true
        state.messages[place].isWaiting = false
        state.messages[place].open = []
        if !state.messages[place].outgoing.isEmpty {
            report.messages += 1
            report.readings += UInt64(state.messages[place].readings)
            report.bytes += UInt64(state.messages[place].byteCount)
        }
        state.window = min(state.window + 1, settings.window)
        var arrived: SentMessage?
        while let first = state.messages.first, first.isAcknowledged {
            state.messages.removeFirst()
            // A part moves no cursor before the last: its batch is not whole there.
            if first.position.covered >= first.key.sequences.upperBound { arrived = first }
        }
        lanes[lane] = state
        guard let arrived else { return }
        if lane == .reading { self.arrived = arrived.position }
        actions.append(
            .advance(lane, through: arrived.position.covered, epoch: arrived.key.epoch))
    }

    /// Composes a message and those behind it anew, smaller.
    ///
    /// - Returns: Whether it can be made smaller.
    mutating func shrink(
        _ place: Int, in lane: Lane, _ told: Int?, at now: MonotonicTime
    ) -> Bool {
        guard let message = lanes[lane]?.messages[place] else { return false }
        // What could not be made smaller before cannot be now.
        if let limit = sizeLimit.bytes, message.size > limit { return false }
        let room = told.map { max(1, $0 - message.overhead) }
        if let room, room < message.size {
            sizeLimit.isTold(room)
        } else if !sizeLimit.failed(message.size, at: now) {
            return false
        }
        lanes[lane]?.forget(from: place)
        return true
    }

    /// Keeps a message that is refused, and the lane behind it, until it is taken.
    mutating func stand(
        behind place: Int, in lane: Lane, _ fault: UplinkFault, at now: MonotonicTime
    ) {
        guard var state = lanes[lane] else { return }
        let key = state.messages[place].key
        state.refusals += 1
        let longest: Duration = fault.kind == .transient ? .seconds(30) : .seconds(120)
        let pause = min(.seconds(1 << min(state.refusals, 10)), longest)
        let share = Double.random(in: 0.75...1.25, using: &random)
        state.pausedUntil = now.advanced(
            by: .milliseconds(Int64(Double(pause.milliseconds) * share)))
        var standing = state.standing ?? StandingMessage(key: key, fault: fault, since: now)
        if state.standing != nil { standing.attempts += 1 }
        standing.fault = fault
        // What passes by itself is told when it has not.
        let isWorthTelling =
            fault.kind != .transient || standing.since.duration(to: now) >= .seconds(60)
        if isWorthTelling, !standing.isTold {
            standing.isTold = true
            actions.append(.tellStanding(key, fault))
        }
        state.standing = standing
        // Those before it may still arrive.
        state.goBack(to: place)
        lanes[lane] = state
    }
}
