package import Execution
package import SiteConfiguration

/// How one door stands, and what its strike is to be. Pure.
package struct DoorState: Hashable, Sendable {
    package enum Input: Hashable, Sendable {
        /// Somebody lets somebody in.
        case release
        /// The exit button; `nil` where it cannot be read.
        case exit(Bool?)
        /// The contact: whether the door is closed; `nil` where it cannot be read.
        case contact(Bool?)
        /// Alarms hold the door unlocked, or let go of it.
        case hold(Bool)
        case tick
    }

    package enum Phase: Hashable, Sendable {
        case unknown
        case secure
        case open(heldOpenAt: MonotonicTime)
        case heldOpen
        case forced(heldOpenAt: MonotonicTime)
    }

    /// What is worth an event. The raw value ends the event's kind.
    package enum Report: String, Hashable, Sendable {
        case released
        case exit
        case opened
        case closed
        case forced
        case heldOpen
        case held
        case letGo
        case contactFault
        /// The exit button is pressed for so long that it must be stuck; or it is let go.
        case exitStuck
        case exitFreed
    }

    package private(set) var phase = Phase.unknown
    package private(set) var isClosed: Bool?
    /// Until when a release lasts.
    package private(set) var releasedUntil: MonotonicTime?
    package private(set) var isHeld = false
    private var isExitPressed = false
    /// When the exit button counts as stuck, while it is pressed.
    private var exitStuckAt: MonotonicTime?
    package private(set) var isExitStuck = false
    /// Whether the door has been opened since it was released.
    private var wasOpened = false
    private let door: DoorConfiguration

    /// Nobody presses a button for longer.
    package static let exitPatience = Duration.seconds(60)

    package init(_ door: DoorConfiguration) {
        self.door = door
    }

    /// Whether the door is to be unlocked now.
    package func isReleased(at now: MonotonicTime) -> Bool {
        isHeld || isExitPressed || (releasedUntil.map { now < $0 } ?? false)
    }

    /// Whether the strike's line is to be active: a fail-safe strike holds while it is.
    package func isStrikeActive(at now: MonotonicTime) -> Bool {
        isReleased(at: now) != door.isFailSafe
    }

    package mutating func handle(_ input: Input, at now: MonotonicTime) -> [Report] {
        var reports: [Report] = []
        switch input {
        case .release:
            reports.append(.released)
            release(at: now)
        case .exit(let isPressed):
            // A button that cannot be read releases nothing; it keeps nobody in, since the strike
            // has a way out of its own.
            if isPressed == true, !isExitPressed { reports.append(.exit) }
            if isExitPressed, isPressed != true { release(at: now) }
            if isPressed != true {
                if isExitStuck { reports.append(.exitFreed) }
                (isExitStuck, exitStuckAt) = (false, nil)
            } else if !isExitPressed {
                exitStuckAt = now.advanced(by: Self.exitPatience)
            }
            isExitPressed = isPressed == true
        case .contact(let isClosed): reports += contact(isClosed, at: now)
        case .hold(let isHeld):
            if isHeld != self.isHeld { reports.append(isHeld ? .held : .letGo) }
            self.isHeld = isHeld
        case .tick: break
        }
        return reports + settle(at: now)
    }

    package func nextWakeUp(at now: MonotonicTime) -> MonotonicTime? {
        var moments = releasedUntil.map { [$0] } ?? []
        switch phase {
        case .open(let until), .forced(let until): if !isHeld { moments.append(until) }
        case .unknown, .secure, .heldOpen: break
        }
        if let exitStuckAt { moments.append(exitStuckAt) }
        return moments.min()
    }

    private mutating func release(at now: MonotonicTime) {
        releasedUntil = now.advanced(by: door.releaseFor)
        wasOpened = false
    }

    private mutating func contact(_ isClosed: Bool?, at now: MonotonicTime) -> [Report] {
        let before = self.isClosed
        self.isClosed = isClosed
        guard let isClosed else { return before == nil ? [] : [.contactFault] }
        guard isClosed else {
            let until = now.advanced(by: door.heldOpenAfter)
            switch phase {
            case .secure:
                let isAllowed = isReleased(at: now)
                phase = isAllowed ? .open(heldOpenAt: until) : .forced(heldOpenAt: until)
                wasOpened = true
                return [isAllowed ? .opened : .forced]
            case .unknown:
                phase = .open(heldOpenAt: until)
                return []
            case .open, .heldOpen, .forced: return []
            }
        }
        defer { phase = .secure }
        guard phase != .secure, phase != .unknown else { return [] }
        // Behind somebody who has gone through, the door is locked at once.
        if wasOpened { releasedUntil = nil }
        return [.closed]
    }

    private mutating func settle(at now: MonotonicTime) -> [Report] {
        if let until = releasedUntil, until <= now { releasedUntil = nil }
        var reports: [Report] = []
        if let until = exitStuckAt, until <= now {
            (isExitStuck, exitStuckAt) = (true, nil)
            reports.append(.exitStuck)
        }
        switch phase {
        case .open(let until) where until <= now && !isHeld,
            .forced(let until) where until <= now && !isHeld:
            phase = .heldOpen
            reports.append(.heldOpen)
        default: break
        }
        return reports
    }
}
