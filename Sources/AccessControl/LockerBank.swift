package import Execution
import FoundationEssentials
package import GPIO
package import SiteConfiguration
import Telemetry

/// One bank of parcel lockers, for as long as it is looked after: who may have what opened, and
/// the strikes and contacts of it.
///
/// What was granted is written down before its strike is energised, so that a code, a token or a
/// command opens once, whatever happens in between. A changed document is taken over while it
/// runs: compartments that stay as they are notice nothing.
package actor LockerBank {
    package nonisolated let name: String
    package private(set) var configuration: LockerBankConfiguration
    let site: String
    private(set) var effects: AccessEffects
    let register: AccessRegister
    let time: TimeSource
    var random: any RandomNumberGenerator & Sendable
    private(set) var state: LockerBankState
    var desk: ParcelDesk
    /// The nonces of tokens that were used, until when they would have been good.
    var usedTokens: [String: Int64] = [:]
    /// The commands that were carried out, oldest first.
    var commands: [String] = []
    /// Compartments that are about to open for somebody who takes a parcel out: until they have, they
    /// look closed and empty, and are nobody else's.
    var promised: Set<String> = []
    private var orders: [LockerBankState.Action] = []
    private var wakeUps = WakeUps()
    /// Who waits to hear what became of a release, by the compartment.
    private var waiting: [String: [CheckedContinuation<Outcome, Never>]] = [:]
    private var hasEnded = false
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let inputs: AsyncStream<Heard>
    private let input: AsyncStream<Heard>.Continuation
    /// The lines it looks at: read on the threads of buses and chips.
    private nonisolated let lines: InheritingLock<Set<LineName>>

    /// How many commands are remembered, so that none is carried out twice.
    package static let commandMemory = 1_024
    /// How often parcels are looked at that may be there for too long.
    static let reviewInterval = Duration.seconds(60)

    private enum Heard: Sendable {
        case line(LineChange)
        case restored(LineName)
    }

    /// What became of a release.
    enum Outcome: Sendable {
        case released
        case failed(LineFault)
        case refused
        case stopped
    }

    /// - Parameters:
    ///   - boot: The name of the machine's run since power-up.
    ///   - secret: What goes into the hashes of codes.
    ///   - random: Draws codes; from the system.
    package init(
        _ configuration: LockerBankConfiguration, site: String, boot: String, secret: [UInt8],
        effects: AccessEffects, register: AccessRegister, time: TimeSource,
        random: any RandomNumberGenerator & Sendable
    ) async {
        self.configuration = configuration
        name = configuration.name
        self.site = site
        self.effects = effects
        self.register = register
        self.time = time
        self.random = random
        state = LockerBankState(configuration)
        lines = InheritingLock(configuration.lines)
        let name = configuration.name
        // What cannot be decoded was written by another version, and is left alone.
        let parcels = await register.values(under: "parcel/\(name)/").values.compactMap {
            try? JSONDecoder().decode(Parcel.self, from: Data($0))
        }
        desk = ParcelDesk(configuration, boot: boot, secret: secret, parcels: parcels)
        for (key, value) in await register.values(under: "token/\(name)/") {
            usedTokens[String(key.dropFirst("token/\(name)/".count))] =
                Int64(String(decoding: value, as: UTF8.self)) ?? .max
        }
        if let value = await register.value("commands/\(name)") {
            commands = String(decoding: value, as: UTF8.self).split(separator: "\n").map(
                String.init)
        }
        if await register.value("lockout/\(name)") != nil { desk.lockOut(at: time.monotonic()) }
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (inputs, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4_096))
    }

    // MARK: - What is heard

    /// Takes what a line has become. Returns at once, from any thread.
    package nonisolated func observe(_ change: LineChange) {
        if lines.withLock({ $0.contains(change.line) }) { input.yield(.line(change)) }
    }

    /// A strike's line can be switched again, or is not what it was told. Returns at once, from any
    /// thread.
    package nonisolated func observeRestored(_ line: LineName) {
        if lines.withLock({ $0.contains(line) }) { input.yield(.restored(line)) }
    }

    private func take(_ heard: Heard) {
        switch heard {
        case .line(let change):
            for (place, one) in configuration.compartments.enumerated()
            where one.contact.name == change.line {
                let isClosed = change.state.isActive.map { $0 == one.contactMeansClosed }
                handle(.contact(place, isClosed: isClosed))
            }
        case .restored(let line):
            for (place, one) in configuration.compartments.enumerated()
            where one.strike.name == line {
                handle(.restored(place))
            }
        }
    }

    /// Goes on with a changed document: compartments that stay as they are notice nothing.
    ///
    /// - Precondition: It has a place for every parcel.
    package func use(_ configuration: LockerBankConfiguration, effects: AccessEffects) {
        let before = self.configuration
        self.configuration = configuration
        self.effects = effects
        lines.withLock { $0 = configuration.lines }
        desk.use(configuration)
        let (actions, moved) = state.use(configuration, after: before, at: time.monotonic())
        orders = orders.compactMap { $0.moved(moved) } + actions
        let kept = Set(configuration.compartments.map(\.name))
        for name in waiting.keys where !kept.contains(name) { settle(name, .stopped) }
        signal.yield()
    }

    /// The compartments that hold a parcel, as far as is known.
    package var occupied: [String] { desk.parcels.keys.sorted() }

    // MARK: - Running

    /// Looks after the bank until the task is cancelled; then every strike is inactive, as far as
    /// it can be reached.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await item in self.inputs { await self.take(item) } }
            group.addTask { await self.reviewParcels() }
            handle(.start)
            for await _ in signals {
                for order in orders { begin(order, in: &group) }
                orders = []
                if let wake = wakeUps.arm(state.nextWakeUp) {
                    group.addTask {
                        await self.time.sleep(wake)
                        await self.woke(wake)
                    }
                }
            }
            group.cancelAll()
        }
        hasEnded = true
        for name in waiting.keys { settle(name, .stopped) }
        for one in configuration.compartments { _ = await effects.set(one.strike.name, false) }
    }

    package var status: LockerBankStatus {
        LockerBankStatus(
            compartments: configuration.compartments.indices.map { place in
                let one = configuration.compartments[place]
                return LockerBankStatus.Compartment(
                    name: one.name, size: one.size, phase: state.compartments[place].phase,
                    isStrikeActive: state.strikes[place].isActive,
                    isClosed: state.compartments[place].isClosed, parcel: desk.parcels[one.name],
                    fault: state.strikes[place].fault)
            }, energised: state.strikes.count { $0.isActive == true },
            waiting: state.supply.waiting.count, lockedOutUntil: desk.lockedOutUntil)
    }

    /// Releases a compartment, and waits until its strike was energised or cannot be.
    func open(_ compartment: String) async throws(LockerRefusal) {
        let place = try place(of: compartment)
        guard !hasEnded else { throw .stopped }
        // Its pulse is under way: one for a strike at a time.
        if state.strikes[place].isWanted, waiting[compartment] == nil {
            return handle(.release(place))
        }
        let outcome = await withCheckedContinuation { waiter in
            waiting[compartment, default: []].append(waiter)
            handle(.release(place))
        }
        switch outcome {
        case .released: return
        case .failed(let fault): throw .strike(fault)
        case .refused: throw .busy
        case .stopped: throw .stopped
        }
    }

    private func settle(_ compartment: String, _ outcome: Outcome) {
        for waiter in waiting.removeValue(forKey: compartment) ?? [] {
            waiter.resume(returning: outcome)
        }
    }

    private func handle(_ input: LockerBankState.Input) {
        orders += state.handle(input, at: time.monotonic())
        signal.yield()
    }

    private func woke(_ moment: MonotonicTime) {
        wakeUps.woke(moment)
        handle(.tick)
    }

    private func begin(_ order: LockerBankState.Action, in group: inout DiscardingTaskGroup) {
        switch order {
        case .set(let place, let isActive):
            let line = configuration.compartments[place].strike.name
            group.addTask {
                let fault = await self.effects.set(line, isActive)
                await self.switched(line, isActive, fault)
            }
        case .report(let place, let report):
            let name = configuration.compartments[place].name
            if report == .opened { desk.opened(name) }
            if report == .notOpened { takeBack(name, in: &group) }
            let isGrave = ![.opened, .closed].contains(report)
            tell(
                "compartment.\(report.rawValue)", place, isGrave ? .warning : .info,
                report == .forced ? .alarm : .event, in: &group)
        case .strikeFault(let place, _):
            tell("compartment.strikeFault", place, .warning, .event, in: &group)
        case .released(let place):
            settle(configuration.compartments[place].name, .released)
            tell("strike.released", place, .info, .event, in: &group)
        case .notReleased(let place):
            let name = configuration.compartments[place].name
            takeBack(name, in: &group)
            settle(name, .failed(state.strikes[place].fault ?? .stopped))
        case .refused(let place):
            let name = configuration.compartments[place].name
            takeBack(name, in: &group)
            settle(name, .refused)
            tell("strike.refused", place, .warning, .event, in: &group)
        }
    }

    /// A strike has done what it was told, or not; its compartment may have another number by now.
    private func switched(_ line: LineName, _ isActive: Bool, _ fault: LineFault?) {
        let place = configuration.compartments.firstIndex { $0.strike.name == line }
        guard let place else { return }
        handle(.switched(place, isActive: isActive, fault))
    }

    private func tell(
        _ kind: String, _ place: Int, _ severity: Event.Severity, _ lane: Lane,
        in group: inout DiscardingTaskGroup
    ) {
        let event = Event(
            kind, of: subject(configuration.compartments[place].name), at: time.wall().timestamp,
            severity: severity)
        group.addTask { await self.effects.record(event, lane) }
    }

    func place(of compartment: String) throws(LockerRefusal) -> Int {
        let place = configuration.compartments.firstIndex { $0.name == compartment }
        guard let place else { throw .unknownCompartment(compartment) }
        return place
    }

    nonisolated func subject(_ compartment: String) -> String { "\(name)/\(compartment)" }
}

extension LockerBankConfiguration {
    fileprivate var lines: Set<LineName> {
        Set(compartments.flatMap { [$0.strike.name, $0.contact.name] })
    }
}
