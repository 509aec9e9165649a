import Execution
import Simulation

/// The time that passes: people come, things go wrong, and at the end all is well again.
extension World {
    /// How long all is well at the end, so that everything can be delivered.
    private static let calm = Duration.seconds(2_400)

    /// Lives for so long, and ends the machine's run.
    func live(for length: Duration) {
        machine.after(.zero) { [self] in boot(folderIsReady: false) }
        if !options.kinds.isEmpty {
            planFaults(until: length.nanoseconds - Self.calm.nanoseconds)
        }
        planPeople(until: length.nanoseconds - Self.calm.nanoseconds)
        machine.after(length - Self.calm) { [self] in heal() }
        machine.after(length) { [self] in checkEnd() }
    }

    private func planPeople(until end: Int64) {
        let pause = Duration.seconds(Int64.random(in: 60...3_600, using: &random))
        machine.after(pause) { [self] in
            guard machine.now < end else { return }
            if let source {
                switch random.next() % 6 {
                case 0: people.tidy(source)
                case 1: building.press()
                default: for _ in 0...random.next() % 4 { people.act(source) }
                }
            }
            planPeople(until: end)
        }
    }

    private func heal() {
        tell("all is well from now on")
        for device in devices.values { device.device.set(.init(nil)) }
        for bus in buses.values { bus.heal() }
        for party in parties.values { party.heal() }
        disk.room = nil
        disk.failureShare = 0
        disk.callsUntilCut = nil
        building.chip.set(isPresent: true)
        if isSynchronized || isUp { setClock(error: .zero, isSynchronized: true) }
    }
}
