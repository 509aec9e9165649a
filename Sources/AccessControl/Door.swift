package import Execution
package import GPIO
package import SiteConfiguration
import Telemetry

/// One door, for as long as it is looked after: carries out what ``DoorState`` decides.
package actor Door {
    package nonisolated let configuration: DoorConfiguration
    private let effects: AccessEffects
    private let register: AccessRegister
    private let time: TimeSource
    private var state: DoorState
    /// What the strike was told last and has confirmed; `nil` where that is not known.
    private var confirmed: Bool?
    private var fault: LineFault?
    private var since: MonotonicTime
    private var wakeUps = WakeUps()
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let inputs: AsyncStream<DoorState.Input>
    private let input: AsyncStream<DoorState.Input>.Continuation

    package init(
        _ configuration: DoorConfiguration, effects: AccessEffects, register: AccessRegister,
        time: TimeSource
    ) {
        self.configuration = configuration
        self.effects = effects
        self.register = register
        self.time = time
        state = DoorState(configuration)
        since = time.monotonic()
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        // A contact and a button: what is dropped is older than what the line is now.
        (inputs, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    /// Takes what a line has become. Returns at once, from any thread.
    package nonisolated func observe(_ change: LineChange) {
        if change.line == configuration.contact.name {
            let isClosed = change.state.isActive.map { $0 == configuration.contactMeansClosed }
            input.yield(.contact(isClosed))
        } else if change.line == configuration.exit?.name {
            input.yield(.exit(change.state.isActive))
        }
    }

    /// The strike's line may have forgotten its state: it has failed, or is back. Returns at once,
    /// from any thread.
    package nonisolated func observeForgotten(_ line: LineName) {
        if line == configuration.strike.name { input.yield(.tick) }
    }

    /// Looks after the door until the task is cancelled; the strike is then as with nobody there.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.listen() }
            signal.yield()
            for await _ in signals {
                await drive()
                let now = time.monotonic()
                var wake = state.nextWakeUp(at: now)
                if confirmed != state.isStrikeActive(at: now) {
                    wake = min(wake ?? .distantFuture, now.advanced(by: .milliseconds(200)))
                }
                if let wake = wakeUps.arm(wake) {
                    group.addTask {
                        await self.time.sleep(wake)
                        await self.woke(wake)
                    }
                }
            }
            group.cancelAll()
        }
        _ = await effects.set(configuration.strike.name, configuration.isFailSafe)
    }

    /// Lets somebody through. Returns when the strike has followed; where it does not, it is tried
    /// again for as long as the release lasts.
    package func release(by person: String) async throws(LineFault) {
        let deed = AccessRegister.Deed(person, "released", configuration.name)
        await register.commit([], deed)
        await handle(.release, by: person)
        await drive()
        if confirmed != state.isStrikeActive(at: time.monotonic()), let fault { throw fault }
    }

    /// An alarm holds the door unlocked, or lets go of it. Returns when the strike has followed.
    package func hold(_ isHeld: Bool) async throws(LineFault) {
        await handle(.hold(isHeld))
        await drive()
        if let fault { throw fault }
    }

    package var status: DoorStatus {
        let now = time.monotonic()
        return DoorStatus(
            name: configuration.name, phase: state.phase, isReleased: state.isReleased(at: now),
            isHeld: state.isHeld, isExitStuck: state.isExitStuck, isStrikeActive: confirmed,
            isClosed: state.isClosed, since: since, fault: fault)
    }

    private func woke(_ moment: MonotonicTime) {
        wakeUps.woke(moment)
        signal.yield()
    }

    private func listen() async {
        for await item in inputs {
            if item == .tick { confirmed = nil }
            await handle(item)
        }
    }

    private func handle(_ item: DoorState.Input, by person: String? = nil) async {
        let before = state.phase
        let reports = state.handle(item, at: time.monotonic())
        if state.phase != before { since = time.monotonic() }
        signal.yield()
        await tell(reports, by: person)
    }

    private func tell(_ reports: [DoorState.Report], by person: String?) async {
        for report in reports {
            let isGrave = [.forced, .heldOpen, .contactFault, .exitStuck].contains(report)
            await effects.record(
                Event(
                    "door.\(report.rawValue)", of: configuration.name, at: time.wall().timestamp,
                    severity: isGrave ? .warning : .info,
                    details: person.map { ["by": $0] } ?? [:]),
                report == .forced ? .alarm : .event)
        }
    }

    /// Tells the strike what it is to be, where it is not so.
    private func drive() async {
        await tell(state.handle(.tick, at: time.monotonic()), by: nil)
        let wanted = state.isStrikeActive(at: time.monotonic())
        guard confirmed != wanted else { return }
        let found = await effects.set(configuration.strike.name, wanted)
        confirmed = found == nil ? wanted : nil
        if let found, found != fault {
            await effects.record(
                Event(
                    "door.strikeFault", of: configuration.name, at: time.wall().timestamp,
                    severity: .warning), .event)
        }
        fault = found
    }
}

/// One door, for people.
package struct DoorStatus: Hashable, Sendable {
    package var name: String
    package var phase: DoorState.Phase
    package var isReleased: Bool
    package var isHeld: Bool
    package var isExitStuck = false
    /// `nil` where that is not known.
    package var isStrikeActive: Bool?
    package var isClosed: Bool?
    package var since: MonotonicTime
    package var fault: LineFault?
}

extension MonotonicTime {
    fileprivate static let distantFuture = MonotonicTime(nanoseconds: .max)
}
