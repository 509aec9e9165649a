package import Execution
package import GPIO
package import SiteConfiguration

/// What a bank of lockers does with its strikes: releases in turn, and what the contacts say.
///
/// Pure: events in, actions out. Who may have what opened was decided before.
package struct LockerBankState: Hashable, Sendable {
    package enum Input: Hashable, Sendable {
        /// The strikes may be anything: the gateway begins, or their chip is back.
        case start
        case release(Int)
        /// The contact of a compartment; `nil` where it cannot be read.
        case contact(Int, isClosed: Bool?)
        /// A strike was told something, and has done it or not.
        case switched(Int, isActive: Bool, LineFault?)
        /// A strike's line is inactive by itself: its chip is back, or its relay board.
        case restored(Int)
        case tick
    }

    package enum Action: Hashable, Sendable {
        /// Tells a strike. One at a time for each; answered by ``Input/switched(_:isActive:_:)``.
        case set(Int, isActive: Bool)
        case report(Int, CompartmentState.Report)
        /// A strike could not be switched.
        case strikeFault(Int, LineFault)
        case released(Int)
        /// A release came to nothing: its strike could not be switched.
        case notReleased(Int)
        /// Too many releases wait.
        case refused(Int)
    }

    package private(set) var compartments: [CompartmentState]
    package private(set) var supply: StrikeSupply
    package private(set) var strikes: [Strike]
    private var pulse: Duration

    /// What is wanted and known of a strike. It is told one thing at a time.
    package struct Strike: Hashable, Sendable {
        var isWanted = false
        /// What it was told and has not answered.
        var underWay: Bool?
        /// What it has confirmed last; `nil` where that may not hold.
        package internal(set) var confirmed: Bool?
        package internal(set) var fault: LineFault?
        /// When its pulse is over.
        var pulseEnd: MonotonicTime?
        /// When it is told once more.
        var retryAt: MonotonicTime?

        /// Whether it is active; `nil` where nobody knows: it was told and has not answered, or
        /// was never heard of.
        package var isActive: Bool? { underWay == true ? nil : confirmed }
    }

    /// From one try to make a strike inactive to the next.
    package static let retryPause = Duration.milliseconds(200)

    package init(_ bank: LockerBankConfiguration) {
        compartments = bank.compartments.map { _ in
            CompartmentState(openWithin: bank.openWithin, closeWithin: bank.closeWithin)
        }
        supply = StrikeSupply(
            strikesAtOnce: bank.strikesAtOnce, waitingLimit: bank.waitingLimit)
        pulse = bank.pulse
        strikes = bank.compartments.map { _ in Strike() }
    }

    package mutating func handle(_ input: Input, at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        switch input {
        case .start:
            for place in strikes.indices { forget(place, at: now, &actions) }
        case .release(let place): release(place, at: now, &actions)
        case .contact(let place, let isClosed):
            actions += compartments[place].contact(isClosed, at: now).map { .report(place, $0) }
        case .switched(let place, let isActive, let fault):
            switched(place, isActive, fault, at: now, &actions)
        case .restored(let place): forget(place, at: now, &actions)
        case .tick: break
        }
        settle(at: now, &actions)
        return actions
    }

    /// Goes on with a changed document. A compartment whose lines stay is not touched; a strike that
    /// is new is told to be inactive.
    ///
    /// - Parameter before: The document so far.
    /// - Returns: What to do, and the new place of each place that stays.
    package mutating func use(
        _ bank: LockerBankConfiguration, after before: LockerBankConfiguration,
        at now: MonotonicTime
    ) -> (actions: [Action], moved: [Int: Int]) {
        var moved: [Int: Int] = [:]
        var (compartments, strikes): ([CompartmentState], [Strike]) = ([], [])
        for (place, one) in bank.compartments.enumerated() {
            let old = before.compartments.firstIndex {
                $0.name == one.name && $0.strike == one.strike
            }
            var state = CompartmentState(openWithin: bank.openWithin, closeWithin: bank.closeWithin)
            if let old, before.compartments[old].hasContact(of: one) {
                state = self.compartments[old]
                state.use(openWithin: bank.openWithin, closeWithin: bank.closeWithin)
            }
            if let old { moved[old] = place }
            compartments.append(state)
            strikes.append(old.map { self.strikes[$0] } ?? Strike())
        }
        self.compartments = compartments
        self.strikes = strikes
        pulse = bank.pulse
        supply.use(strikesAtOnce: bank.strikesAtOnce, waitingLimit: bank.waitingLimit) { moved[$0] }
        var actions: [Action] = []
        let kept = Set(moved.values)
        for place in strikes.indices where !kept.contains(place) {
            forget(place, at: now, &actions)
        }
        settle(at: now, &actions)
        return (actions, moved)
    }

    /// When ``handle(_:at:)`` has something to do by itself.
    package var nextWakeUp: MonotonicTime? {
        let strikes = strikes.compactMap { strike -> MonotonicTime? in
            // One that is wanted and not told yet may wait for its next try.
            if strike.isWanted, let end = strike.pulseEnd { return end }
            return strike.underWay == nil ? strike.retryAt : nil
        }
        return
            (compartments.compactMap(\.nextWakeUp) + strikes
            + (supply.nextWakeUp.map { [$0] } ?? [])).min()
    }

    /// Nothing is known of a strike any more: it is told to be inactive.
    private mutating func forget(
        _ place: Int, at now: MonotonicTime, _ actions: inout [Action]
    ) {
        if strikes[place].isWanted, strikes[place].pulseEnd == nil {
            compartments[place].willNotRelease()
            actions.append(.notReleased(place))
        }
        strikes[place].isWanted = false
        strikes[place].confirmed = nil
        strikes[place].retryAt = nil
        supply.take(place, at: now)
    }

    private mutating func release(
        _ place: Int, at now: MonotonicTime, _ actions: inout [Action]
    ) {
        // One pulse for a strike at a time.
        guard !strikes[place].isWanted else { return }
        switch supply.ask(place, at: now) {
        case .now: energise(place)
        case .waiting: compartments[place].willRelease()
        case .already: break
        case .full: actions.append(.refused(place))
        }
    }

    private mutating func energise(_ place: Int) {
        compartments[place].willRelease()
        strikes[place].isWanted = true
        strikes[place].retryAt = nil
        // Known once it is told.
        strikes[place].pulseEnd = nil
    }

    private mutating func switched(
        _ place: Int, _ isActive: Bool, _ fault: LineFault?, at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        strikes[place].underWay = nil
        if let fault, fault != strikes[place].fault { actions.append(.strikeFault(place, fault)) }
        strikes[place].fault = fault
        strikes[place].confirmed = fault == nil ? isActive : nil
        switch (isActive, fault) {
        case (true, nil):
            // It may be the answer to a command of the pulse before, so late that another is wanted:
            // that is this one, and it ends like any other.
            if strikes[place].isWanted, strikes[place].pulseEnd == nil {
                strikes[place].pulseEnd = now.advanced(by: pulse)
            }
            compartments[place].released(at: now)
            actions.append(.released(place))
        case (true, .some):
            // It may be active all the same: a relay board that does not answer may have obeyed.
            strikes[place].isWanted = false
            compartments[place].willNotRelease()
            actions.append(.notReleased(place))
        case (false, nil):
            if !strikes[place].isWanted { supply.released(place) }
        case (false, .some): strikes[place].retryAt = now.advanced(by: Self.retryPause)
        }
    }

    private mutating func settle(at now: MonotonicTime, _ actions: inout [Action]) {
        for place in compartments.indices {
            actions += compartments[place].settle(at: now).map { .report(place, $0) }
        }
        for place in strikes.indices {
            if let end = strikes[place].pulseEnd, end <= now { strikes[place].isWanted = false }
        }
        while let place = supply.next(at: now) { energise(place) }
        for place in strikes.indices { tell(place, at: now, &actions) }
    }

    /// Tells a strike what is wanted of it, where it is not so.
    private mutating func tell(_ place: Int, at now: MonotonicTime, _ actions: inout [Action]) {
        let strike = strikes[place]
        guard strike.underWay == nil, strike.confirmed != strike.isWanted else { return }
        if let retryAt = strike.retryAt, now < retryAt { return }
        strikes[place].underWay = strike.isWanted
        strikes[place].retryAt = nil
        if strike.isWanted {
            strikes[place].pulseEnd = now.advanced(by: pulse)
            supply.take(place, at: now)
        }
        actions.append(.set(place, isActive: strike.isWanted))
    }
}

extension CompartmentConfiguration {
    fileprivate func hasContact(of other: CompartmentConfiguration) -> Bool {
        contact == other.contact && contactMeansClosed == other.contactMeansClosed
    }
}
