package import Execution
package import GPIO
package import SiteConfiguration

/// One door, for as long as it is looked after: carries out what ``DoorPolicy`` decides.
package actor Door {
    package nonisolated let configuration: DoorConfiguration
    private nonisolated let inbox: StateInbox<DoorPolicy.Input>
    private let runner: StateRunner<DoorPolicy>
    private let time: TimeSource

    package init(
        _ configuration: DoorConfiguration, effects: AccessEffects, register: AccessRegister,
        time: TimeSource
    ) {
        let strike = configuration.strike.name
        runner = StateRunner(DoorPolicy(configuration, at: time.monotonic()), time: time) {
            action in
            switch action {
            case .set(let isActive):
                .act { .switched(isActive: isActive, await effects.set(strike, isActive)) }
            case .write(let deed, let number):
                .act {
                    await register.commit([], deed)
                    return .written(number)
                }
            case .record(let event, let lane): .record { await effects.record(event, lane) }
            case .answer(let number, let answer): .answer(number, answer)
            }
        }
        inbox = runner.inbox
        self.configuration = configuration
        self.time = time
    }

    // MARK: - What is heard. Returns at once, from any thread.

    /// Takes what a line has become.
    package nonisolated func observe(_ change: LineChange) {
        if change.line == configuration.contact.name || change.line == configuration.exit?.name {
            inbox.put(.line(change))
        }
    }

    /// The strike's line may have forgotten its state: it has failed, or is back.
    package nonisolated func observeForgotten(_ line: LineName) {
        if line == configuration.strike.name { inbox.put(.forgotten) }
    }

    // MARK: - What is wanted

    /// Lets somebody through. Returns when the strike has followed; where it does not, it is tried
    /// again for as long as the release lasts.
    package func release(by person: String) async throws(LineFault) {
        try Self.check(
            try await runner.ask { (door, now) throws(LineFault) in
                door.release(by: person, at: now)
            })
    }

    /// An alarm holds the door unlocked, or lets go of it. Returns when the strike has followed.
    package func hold(_ isHeld: Bool) async throws(LineFault) {
        try Self.check(
            try await runner.ask { (door, now) throws(LineFault) in door.hold(isHeld, at: now) })
    }

    private static func check(_ answer: DoorPolicy.Answer?) throws(LineFault) {
        switch answer {
        case .follows?: return
        case .fails(let fault)?: throw fault
        case nil: throw .stopped
        }
    }

    // MARK: - Running

    /// Looks after the door until the task is cancelled; the strike is then as with nobody there. To
    /// be called once.
    package func run() async { await runner.run() }

    package var dropped: DroppedItems { runner.dropped }

    package var status: DoorStatus { runner.current.status(at: time.monotonic()) }
}
