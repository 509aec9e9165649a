package import Execution
import Synchronization

/// What stands at the other ends of the lines: leaves of doors and compartments, valves, and the
/// cars at charging points. Moves
/// on its own, and by the hand of whoever asks over the control socket.
package final class SimulatedWorld: Sendable {
    /// A thing with its lines.
    struct Mechanism: Sendable {
        enum Body: Sendable {
            case leaf(DoorLeaf)
            case valve(ValveBody)
        }

        let name: String
        var body: Body
        /// What moves it.
        let drive: WorldLine
        /// A fail-safe strike holds while it is energised.
        let isDriveInverted: Bool
        /// What it is sensed by: the contact of a leaf, or the contact of a closed valve.
        let closedContact: WorldLine?
        let isContactInverted: Bool
        /// The contact of an open valve.
        let openContact: WorldLine?
    }

    /// How often the world moves: finer than any contact's debounce.
    static let step = Duration.milliseconds(20)

    private let mechanisms: Mutex<[Mechanism]>
    private let chargers: Mutex<[SimulatedCharger]>

    init(_ mechanisms: [Mechanism], chargers: [SimulatedCharger] = []) {
        self.mechanisms = Mutex(mechanisms)
        self.chargers = Mutex(chargers)
    }

    /// Moves until the task is cancelled.
    package func run(_ time: TimeSource) async {
        let isEmpty = mechanisms.withLock(\.isEmpty) && chargers.withLock(\.isEmpty)
        guard !isEmpty else { return }
        var next = time.monotonic()
        while !Task.isCancelled {
            move(at: time.monotonic())
            next = max(next.advanced(by: Self.step), time.monotonic())
            await time.sleep(next)
        }
    }

    private func move(at now: MonotonicTime) {
        mechanisms.withLock { mechanisms in
            for place in mechanisms.indices { mechanisms[place].move(at: now) }
        }
        chargers.withLock { chargers in
            for place in chargers.indices { chargers[place].move(at: now) }
        }
    }

    /// The names of all that can be handled.
    package var names: [String] {
        mechanisms.withLock { $0.map(\.name) } + chargers.withLock { $0.map(\.name) }
    }

    /// Handles a thing: `force`, `close`, `jam`, `leave-open`, `ignore`, `usual`, `stick`,
    /// `loosen`; a charger's car: `plug`, `unplug`, `fill`, `overdraw`, `usual`.
    ///
    /// - Returns: What is wrong with the wish, or `nil` where it was granted.
    package func handle(_ name: String, _ act: String) -> String? {
        guard names.contains(name) else {
            return "there is no door, compartment, valve or charger \"\(name)\"; there are: "
                + names.joined(separator: ", ")
        }
        let isCharger = chargers.withLock { chargers in
            chargers.contains { $0.name == name }
        }
        guard isCharger else {
            return mechanisms.withLock { mechanisms in
                mechanisms.firstIndex { $0.name == name }.flatMap { mechanisms[$0].handle(act) }
            }
        }
        return chargers.withLock { chargers in
            chargers.firstIndex { $0.name == name }.flatMap { chargers[$0].handle(act) }
        }
    }

    /// One line each: the name, and how it stands.
    package var states: [String: String] {
        let all =
            mechanisms.withLock { $0.map { ($0.name, $0.state) } }
            + chargers.withLock { $0.map { ($0.name, $0.state) } }
        return Dictionary(all) { $1 }
    }
}

extension SimulatedWorld.Mechanism {
    mutating func move(at now: MonotonicTime) {
        let isDriven = drive.isDriven != isDriveInverted
        switch body {
        case .leaf(var leaf):
            leaf.step(isReleased: isDriven, at: now)
            body = .leaf(leaf)
            closedContact?.sense(leaf.isClosed != isContactInverted)
        case .valve(var valve):
            valve.step(isDriven: isDriven, at: now)
            body = .valve(valve)
            closedContact?.sense(valve.isClosed != isContactInverted)
            openContact?.sense(valve.isOpen)
        }
    }

    mutating func handle(_ act: String) -> String? {
        switch body {
        case .leaf(var leaf):
            switch act {
            case "force": leaf.force()
            case "close": leaf.close()
            case "jam": leaf.habit = .jammed
            case "leave-open": leaf.habit = .leftOpen
            case "ignore": leaf.habit = .ignored
            case "usual": leaf.habit = .usual
            default: return "a door can: force, close, jam, leave-open, ignore, usual"
            }
            body = .leaf(leaf)
        case .valve(var valve):
            switch act {
            case "stick": valve.isStuck = true
            case "loosen": valve.isStuck = false
            default: return "a valve can: stick, loosen"
            }
            body = .valve(valve)
        }
        return nil
    }

    var state: String {
        switch body {
        case .leaf(let leaf): leaf.isClosed ? "closed" : "open"
        case .valve(let valve): valve.isClosed ? "closed" : valve.isOpen ? "open" : "turning"
        }
    }
}
