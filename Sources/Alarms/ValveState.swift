package import Execution
package import GPIO
package import SiteConfiguration

/// One valve: shut on command, read back, shut again where it does not stay shut, and opened
/// only on command. A pure state machine.
///
/// What its lines have to be is read from ``drivesClosed`` and ``drivesOpen``. A valve that is
/// held shut by its line stays held whatever its contact says, since letting go could open it.
/// A valve that nothing has commanded is left as it is.
package struct ValveState: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Not commanded shut: open, or shut by hand.
        case released
        case opening(until: MonotonicTime)
        case closing(until: MonotonicTime)
        /// Shut, as its contact says; or, of a valve without a contact, as it should be by now.
        case closed
        /// Not shut in time. It is tried again and again.
        case notClosed(nextTry: MonotonicTime)
    }

    /// Something worth an event.
    package enum Report: Hashable, Sendable {
        case closing
        case closed(after: Duration)
        /// It has no contact: it should be shut by now.
        case presumedClosed
        case notClosed
        /// It was shut by command and is not any more, though nothing opened it.
        case lost
        /// It was shut without a command.
        case closedByHand
        case opening
        case opened
        case notOpened
        /// Shut, and its contact cannot be read any more.
        case contactFault(LineFault)
    }

    package let configuration: ValveConfiguration
    package private(set) var phase: Phase = .released
    /// Whether its line that shuts it is to be active.
    package private(set) var drivesClosed = false
    /// Whether its line that opens it is to be active. Never together with ``drivesClosed``.
    package private(set) var drivesOpen = false
    /// Counts the attempts to shut it: with each, the line is switched anew.
    package private(set) var attempts = 0
    /// Whether it is shut, as far as its contact says.
    package private(set) var contact: LineState = .unknown(.notRead)
    private var pulseEnd: MonotonicTime?
    private var closingSince = MonotonicTime(nanoseconds: 0)

    package init(_ configuration: ValveConfiguration) {
        self.configuration = configuration
    }

    /// Whether it has been told to be shut and not to be open since.
    package var isCommandedClosed: Bool {
        switch phase {
        case .closing, .closed, .notClosed: true
        case .released, .opening: false
        }
    }

    /// When it next has something to do.
    package var nextWakeUp: MonotonicTime? {
        let deadline: MonotonicTime? =
            switch phase {
            case .closing(let until), .opening(let until), .notClosed(let until): until
            case .closed, .released: nil
            }
        return [deadline, pulseEnd].compactMap(\.self).min()
    }

    /// Shuts it. A valve that is commanded shut already is left to it.
    package mutating func close(at now: MonotonicTime) -> [Report] {
        guard !isCommandedClosed else { return [] }
        return beginClosing(at: now) + confirm(at: now)
    }

    /// Opens it, or lets it be opened.
    package mutating func open(at now: MonotonicTime) -> [Report] {
        if case .opening = phase { return [] }
        drivesClosed = false
        pulseEnd = nil
        phase = .opening(until: now.advanced(by: configuration.within))
        if configuration.open != nil {
            drivesOpen = true
            pulseEnd = now.advanced(by: configuration.openPeriod)
        }
        return [.opening]
    }

    /// Takes note of what its contact has become.
    package mutating func sensed(_ line: LineState, at now: MonotonicTime) -> [Report] {
        let before = contact
        contact =
            line.isActive.map { LineState(isActive: $0 == configuration.contactMeansClosed) }
            ?? line
        guard contact != before else { return [] }
        switch (phase, contact) {
        case (.closing, _), (.notClosed, _): return confirm(at: now)
        case (.closed, .inactive): return [.lost] + beginClosing(at: now).filter { $0 != .closing }
        case (.closed, .unknown(let fault)):
            return before == .active ? [.contactFault(fault)] : []
        case (.opening, .inactive), (.released, .inactive):
            return before == .active ? [.opened] : []
        case (.released, .active): return before == .inactive ? [.closedByHand] : []
        case (.closed, .active), (.opening, _), (.released, _): return []
        }
    }

    /// Lets time pass.
    package mutating func tick(at now: MonotonicTime) -> [Report] {
        if let end = pulseEnd, now >= end {
            pulseEnd = nil
            drivesOpen = false
            drivesClosed = false
        }
        switch phase {
        case .closing(let until) where now >= until:
            guard configuration.closed != nil else {
                phase = .closed
                return [.presumedClosed]
            }
            phase = .notClosed(nextTry: now)
            return [.notClosed] + tick(at: now)
        case .notClosed(let next) where now >= next:
            drive(at: now)
            phase = .notClosed(nextTry: now.advanced(by: configuration.within))
        case .opening(let until) where now >= until:
            phase = .released
            let isStuck = configuration.open != nil && contact == .active
            return isStuck ? [.notOpened] : []
        default: break
        }
        return []
    }

    private mutating func beginClosing(at now: MonotonicTime) -> [Report] {
        closingSince = now
        phase = .closing(until: now.advanced(by: configuration.within))
        drive(at: now)
        return [.closing]
    }

    private mutating func drive(at now: MonotonicTime) {
        drivesOpen = false
        drivesClosed = true
        attempts += 1
        pulseEnd = configuration.pulse.map { now.advanced(by: $0) }
    }

    private mutating func confirm(at now: MonotonicTime) -> [Report] {
        guard contact == .active else { return [] }
        phase = .closed
        return [.closed(after: closingSince.duration(to: now))]
    }
}
