package import Execution

/// How one compartment stands: what its contact says, and what was to be expected of it.
///
/// Pure. The contact, not the command, says whether it opened.
package struct CompartmentState: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Nothing was read of the contact yet.
        case unknown
        case closed
        /// A release waits for its turn.
        case waiting
        /// Released, and expected to open until then.
        case released(until: MonotonicTime)
        /// Open, and expected to be closed until then.
        case open(until: MonotonicTime)
        case heldOpen
        case forced(until: MonotonicTime)
    }

    /// What is worth an event. The raw value ends the event's kind.
    package enum Report: String, Hashable, Sendable {
        case opened
        case notOpened
        case closed
        case heldOpen
        case forced
        case contactFault
        case contactBack
    }

    package private(set) var phase = Phase.unknown
    /// What the contact said last; `nil` where it cannot be read.
    package private(set) var isClosed: Bool?
    private var isContactKnown = false
    private var openWithin: Duration
    private var closeWithin: Duration

    package init(openWithin: Duration, closeWithin: Duration) {
        self.openWithin = openWithin
        self.closeWithin = closeWithin
    }

    /// Goes on with other limits; those that run already run on.
    package mutating func use(openWithin: Duration, closeWithin: Duration) {
        self.openWithin = openWithin
        self.closeWithin = closeWithin
    }

    /// A release is on its way.
    package mutating func willRelease() {
        if !isOpen { phase = .waiting }
    }

    /// A release will not come: too many waited, or its strike failed.
    package mutating func willNotRelease() {
        guard case .waiting = phase else { return }
        phase = isClosed == nil ? .unknown : .closed
    }

    /// The strike is active. A bad contact does not keep it from being so.
    package mutating func released(at now: MonotonicTime) {
        if !isOpen { phase = .released(until: now.advanced(by: openWithin)) }
    }

    /// The contact says something, or cannot be read any more.
    package mutating func contact(_ isClosed: Bool?, at now: MonotonicTime) -> [Report] {
        let wasKnown = isContactKnown
        self.isClosed = isClosed
        guard let isClosed else {
            isContactKnown = false
            return wasKnown ? [.contactFault] : []
        }
        var reports: [Report] = []
        if !isContactKnown, phase != .unknown { reports.append(.contactBack) }
        isContactKnown = true
        if isClosed {
            switch phase {
            case .open, .heldOpen, .forced: reports.append(.closed)
            case .released, .waiting: return reports  // It has not opened yet.
            case .unknown, .closed: break
            }
            phase = .closed
        } else {
            switch phase {
            case .released, .waiting:
                phase = .open(until: now.advanced(by: closeWithin))
                reports.append(.opened)
            case .closed:
                phase = .forced(until: now.advanced(by: closeWithin))
                reports.append(.forced)
            case .unknown:
                // It was open when the gateway began: nobody knows why.
                phase = .open(until: now.advanced(by: closeWithin))
            case .open, .heldOpen, .forced: break
            }
        }
        return reports
    }

    /// Lets time pass.
    package mutating func settle(at now: MonotonicTime) -> [Report] {
        switch phase {
        case .released(let until) where until <= now:
            phase = isClosed == nil ? .unknown : .closed
            // A contact that cannot be read cannot say that it did not open.
            return isClosed == nil ? [] : [.notOpened]
        case .open(let until) where until <= now, .forced(let until) where until <= now:
            phase = .heldOpen
            return [.heldOpen]
        default: return []
        }
    }

    package var nextWakeUp: MonotonicTime? {
        switch phase {
        case .released(let until), .open(let until), .forced(let until): until
        case .unknown, .closed, .waiting, .heldOpen: nil
        }
    }

    private var isOpen: Bool {
        switch phase {
        case .open, .heldOpen, .forced: true
        case .unknown, .closed, .waiting, .released: false
        }
    }
}
