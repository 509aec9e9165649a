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
        /// Too many releases wait.
        case refused(Int)
    }

    package private(set) var compartments: [CompartmentState]
    package private(set) var supply: StrikeSupply
    package private(set) var strikes: [Strike]

    /// What is known of a strike.
    package struct Strike: Hashable, Sendable {
        /// What it was told last and has not answered; `nil` where nothing is under way.
        var underWay: Bool?
        /// Whether it may be active: it is not known to be inactive.
        package internal(set) var mayBeActive = true
        package internal(set) var fault: LineFault?
        /// When it is told to be inactive once more.
        var retryAt: MonotonicTime?
    }

    /// From one try to make a strike inactive to the next.
    package static let retryPause = Duration.milliseconds(200)

    package init(_ bank: LockerBankConfiguration) {
        compartments = bank.compartments.map { _ in
            CompartmentState(openWithin: bank.openWithin, closeWithin: bank.closeWithin)
        }
        supply = StrikeSupply(
            strikesAtOnce: bank.strikesAtOnce, waitingLimit: bank.waitingLimit, pulse: bank.pulse)
        strikes = bank.compartments.map { _ in Strike() }
    }

    package mutating func handle(_ input: Input, at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        switch input {
        case .start:
            for place in strikes.indices { secure(place, &actions) }
        case .release(let place): release(place, at: now, &actions)
        case .contact(let place, let isClosed):
            actions += compartments[place].contact(isClosed, at: now).map { .report(place, $0) }
        case .switched(let place, let isActive, let fault):
            switched(place, isActive, fault, at: now, &actions)
        case .restored(let place):
            // What it may still be told comes after this; so it is told again.
            strikes[place].mayBeActive = true
            if strikes[place].underWay == nil { secure(place, &actions) }
        case .tick: break
        }
        settle(at: now, &actions)
        return actions
    }

    /// When ``handle(_:at:)`` has something to do by itself.
    package var nextWakeUp: MonotonicTime? {
        let retries = strikes.compactMap { $0.underWay == nil ? $0.retryAt : nil }
        // A pulse that is over is done with once its strike has answered.
        let pulses = supply.energised.filter {
            strikes[$0.key].underWay == nil && strikes[$0.key].retryAt == nil
        }
        .map(\.value)
        return (compartments.compactMap(\.nextWakeUp) + retries + pulses).min()
    }

    private mutating func release(
        _ place: Int, at now: MonotonicTime, _ actions: inout [Action]
    ) {
        switch supply.ask(place, at: now) {
        case .now: energise(place, &actions)
        case .waiting: compartments[place].willRelease()
        case .already: break
        case .full: actions.append(.refused(place))
        }
    }

    private mutating func energise(_ place: Int, _ actions: inout [Action]) {
        compartments[place].willRelease()
        strikes[place].mayBeActive = true
        strikes[place].underWay = true
        strikes[place].retryAt = nil
        actions.append(.set(place, isActive: true))
    }

    private mutating func secure(_ place: Int, _ actions: inout [Action]) {
        strikes[place].underWay = false
        strikes[place].retryAt = nil
        actions.append(.set(place, isActive: false))
    }

    private mutating func switched(
        _ place: Int, _ isActive: Bool, _ fault: LineFault?, at now: MonotonicTime,
        _ actions: inout [Action]
    ) {
        strikes[place].underWay = nil
        if let fault, fault != strikes[place].fault { actions.append(.strikeFault(place, fault)) }
        strikes[place].fault = fault
        switch (isActive, fault) {
        case (true, nil):
            compartments[place].released(at: now)
            actions.append(.released(place))
        case (true, .some):
            // It may be active all the same: a relay board that does not answer may have obeyed.
            compartments[place].willNotRelease()
            secure(place, &actions)
        case (false, nil):
            strikes[place].mayBeActive = false
            supply.released(place)
        case (false, .some):
            strikes[place].retryAt = now.advanced(by: Self.retryPause)
        }
    }

    private mutating func settle(at now: MonotonicTime, _ actions: inout [Action]) {
        for place in compartments.indices {
            actions += compartments[place].settle(at: now).map { .report(place, $0) }
        }
        for place in supply.due(at: now)
        where strikes[place].underWay == nil && strikes[place].retryAt == nil {
            secure(place, &actions)
        }
        for place in strikes.indices where strikes[place].underWay == nil {
            if let retryAt = strikes[place].retryAt, retryAt <= now { secure(place, &actions) }
        }
        // A strike that is not known to be inactive takes no second release meanwhile, and its
        // supply stays taken.
        while let place = supply.next(at: now) { energise(place, &actions) }
    }
}
