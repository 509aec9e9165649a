import Execution

/// What hangs on the lines of the board: a wall of lockers, an entrance, a gas detector and the valve
/// it is to shut. Checks what holds of them at any time.
// `@unchecked`: only touched by the thread that has the baton.
final class Building: @unchecked Sendable {
    let chip = FieldChip("gpiochip0")
    private unowned let world: World
    private var random: SeededRandom

    /// The offsets of lines.
    static let compartments = 0..<6
    static let doorStrike = 6
    static let valve = 7
    static let fan = 8
    static let contacts = 16..<22
    static let doorContact = 22
    static let exitButton = 23
    static let gas = 24
    static let shut = 25

    /// The longest that a strike of a compartment, and of the entrance, may be energised.
    private static let pulse: Int64 = 500_000_000
    private static let release: Int64 = 5_000_000_000
    /// How long people press the button; the release counts from its end.
    private static let press: Int64 = 700_000_000
    private static let strikesAtOnce = 2
    /// From the edge of the detector to the line of the valve.
    private static let alarmBound: Int64 = 100_000_000

    private var since: [Int: Int64] = [:]
    private(set) var strikes = 0
    private(set) var alarms = 0
    private var gasSince: Int64?

    init(world: World, seed: UInt64) {
        self.world = world
        random = SeededRandom(seed: seed)
        for contact in Self.contacts { chip.sense(contact, true) }
        chip.sense(Self.doorContact, true)
        chip.onDrive = { [unowned self] in driven($0, $1) }
    }

    private func driven(_ offset: Int, _ isActive: Bool) {
        let now = VirtualMachine.shared.now
        if isActive { since[offset] = now }
        let began = since[offset] ?? now
        switch offset {
        case Self.compartments:
            limit(offset, isActive, began, to: Self.pulse)
            let count = Self.compartments.count { chip.driven[$0] == true }
            if count > Self.strikesAtOnce {
                world.violate("\(count) strikes of the lockers are energised at once")
            }
            if isActive { open(Self.contacts.lowerBound + offset, within: 60...180, for: 3...12) }
        case Self.doorStrike:
            limit(offset, isActive, began, to: Self.release + Self.press)
            if isActive { open(Self.doorContact, within: 300...1_500, for: 2...6) }
        case Self.valve:
            let machine = VirtualMachine.shared
            machine.after(.seconds(2)) { [self] in
                chip.sense(Self.shut, chip.driven[Self.valve] == true)
            }
        default: break
        }
        if !isActive { since[offset] = nil }
    }

    /// A strike that is energised for longer than it may be.
    private func limit(_ offset: Int, _ isActive: Bool, _ began: Int64, to limit: Int64) {
        // What is due in the same moment may come in any order, and a chip that fails to drop is
        // tried again.
        let slack: Int64 = 20_000_000
        guard isActive else { return }
        strikes += 1
        VirtualMachine.shared.after(.nanoseconds(limit + slack)) { [self] in
            if since[offset] == began {
                world.violate("the strike on line \(offset) is energised for too long")
            }
        }
    }

    private func open(
        _ contact: Int, within milliseconds: ClosedRange<Int64>, for seconds: ClosedRange<Int64>
    ) {
        let machine = VirtualMachine.shared
        let opening = Duration.milliseconds(Int64.random(in: milliseconds, using: &random))
        let closing = Duration.seconds(Int64.random(in: seconds, using: &random))
        machine.after(opening) { [self] in chip.sense(contact, false) }
        machine.after(opening + closing) { [self] in chip.sense(contact, true) }
    }

    /// Somebody presses the button to get out.
    func press() {
        chip.sense(Self.exitButton, true)
        VirtualMachine.shared.after(.nanoseconds(Self.press)) { [self] in
            chip.sense(Self.exitButton, false)
        }
    }

    /// While there is gas, a chip that is back and a gateway that runs again drive the valve.
    func checkValve() {
        guard gasSince != nil, world.isWatching, chip.isPresent else { return }
        if chip.driven[Self.valve] != true {
            world.violate("gas, and the valve is not driven shut again")
        }
    }

    // MARK: - Gas

    /// The detector finds gas, or none any more.
    func setGas(_ isThere: Bool) {
        world.tell(isThere ? "gas" : "no gas")
        let now = VirtualMachine.shared.now
        gasSince = isThere ? now : nil
        chip.sense(Self.gas, isThere)
        guard isThere else { return }
        let isReady = world.isWatching && chip.isPresent
        let boot = world.bootCount
        VirtualMachine.shared.after(.nanoseconds(Self.alarmBound)) { [self] in
            guard isReady, boot == world.bootCount, world.isWatching, chip.isPresent,
                gasSince == now
            else { return }
            alarms += 1
            if chip.driven[Self.valve] != true {
                world.violate("gas, and the valve is not driven shut in time")
            }
        }
    }
}
