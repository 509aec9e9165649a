package import Execution
import FoundationEssentials
package import GPIO
package import SiteConfiguration
import Telemetry

/// One bank of parcel lockers, for as long as it is looked after: who may have what opened, and
/// the strikes and contacts of it.
///
/// What was granted is written down before its strike is energised, so that a code, a token or a
/// command opens once, whatever happens in between.
package actor LockerBank {
    package nonisolated let configuration: LockerBankConfiguration
    private let site: String
    private let effects: AccessEffects
    private let register: AccessRegister
    private let time: TimeSource
    private var random: any RandomNumberGenerator & Sendable
    private var state: LockerBankState
    private var desk: ParcelDesk
    /// The nonces of tokens that were used, until when they would have been good.
    private var usedTokens: [String: Int64] = [:]
    /// The commands that were carried out, oldest first.
    private var commands: [String] = []
    private var orders: [LockerBankState.Action] = []
    private var wakeUps = WakeUps()
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let inputs: AsyncStream<LockerBankState.Input>
    private let input: AsyncStream<LockerBankState.Input>.Continuation

    /// How many commands are remembered, so that none is carried out twice.
    package static let commandMemory = 1_024

    /// - Parameters:
    ///   - secret: What goes into the hashes of codes.
    ///   - random: Draws codes; from the system.
    package init(
        _ configuration: LockerBankConfiguration, site: String, secret: [UInt8],
        effects: AccessEffects, register: AccessRegister, time: TimeSource,
        random: any RandomNumberGenerator & Sendable
    ) async {
        self.configuration = configuration
        self.site = site
        self.effects = effects
        self.register = register
        self.time = time
        self.random = random
        state = LockerBankState(configuration)
        let name = configuration.name
        // What cannot be decoded was written by another version, and is left alone.
        let parcels = await register.values(under: "parcel/\(name)/").values.compactMap {
            try? JSONDecoder().decode(Parcel.self, from: Data($0))
        }
        desk = ParcelDesk(configuration, secret: secret, parcels: parcels)
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
        for (place, one) in configuration.compartments.enumerated()
        where one.contact.name == change.line {
            let isClosed = change.state.isActive.map { $0 == one.contactMeansClosed }
            input.yield(.contact(place, isClosed: isClosed))
        }
    }

    /// A strike's line can be switched again. Returns at once, from any thread.
    package nonisolated func observeRestored(_ line: LineName) {
        for (place, one) in configuration.compartments.enumerated() where one.strike.name == line {
            input.yield(.restored(place))
        }
    }

    // MARK: - What is wanted

    /// Opens a compartment, whatever is in it.
    ///
    /// - Parameter command: Names the wish: one that was carried out is not carried out again.
    package func release(
        _ compartment: String, by person: String, command: String? = nil
    ) async throws(LockerRefusal) {
        let place = try place(of: compartment)
        if let command {
            guard !commands.contains(command) else { throw .alreadyDone(command) }
            commands = (commands + [command]).suffix(Self.commandMemory)
        }
        try checkRoom()
        var changes: [AccessRegister.Change] = []
        if command != nil {
            changes.append(
                .put(
                    "commands/\(configuration.name)",
                    Array(commands.joined(separator: "\n").utf8)))
        }
        await register.commit(changes, deed(person, "released", place))
        desk.opened(compartment)
        handle(.release(place))
    }

    /// Opens a free compartment for a parcel.
    ///
    /// - Returns: The compartment, and the code that is told to nobody else and kept nowhere.
    package func deposit(
        _ size: ParcelSize, by person: String
    ) async throws(LockerRefusal) -> Deposit {
        try checkRoom()
        let usable = state.compartments.map { $0.phase == .closed }
        guard let place = desk.place(for: size, where: { usable[$0] }) else { throw .noRoom(size) }
        let (parcel, code) = desk.parcel(
            in: place, at: time.wall().timestamp, using: &random)
        desk.deposit(parcel)
        await register.commit(
            [.put(key(of: parcel), parcel.bytes)], deed(person, "deposited", place))
        await record("parcel.deposited", place)
        handle(.release(place))
        return Deposit(
            compartment: parcel.compartment, code: code,
            validUntil: Timestamp(milliseconds: parcel.validUntil))
    }

    /// Opens the compartment a code or a token stands for.
    ///
    /// - Returns: The compartment.
    package func pickup(_ text: String) async throws(LockerRefusal) -> String {
        if text.hasPrefix(PickupToken.prefix) { return try await pickup(token: text) }
        try checkRoom()
        switch desk.tryCode(text, at: time.now()) {
        case .granted(let parcel):
            let place = try place(of: parcel.compartment)
            desk.collect(parcel)
            await register.commit(
                [.remove(key(of: parcel)), .remove("lockout/\(configuration.name)")],
                deed("code", "collected", place))
            await record("parcel.collected", place)
            handle(.release(place))
            return parcel.compartment
        case .expired(let parcel):
            await refuse("expired", parcel.compartment)
            throw .expired
        case .unknown:
            await refuse("unknown code", "")
            throw .unknownCode
        case .tooSoon: throw .tooSoon
        case .lockedOut:
            await register.commit(
                [.put("lockout/\(configuration.name)", [1])],
                AccessRegister.Deed("code", "lockedOut", configuration.name))
            await effects.record(
                Event(
                    "pickup.lockedOut", of: configuration.name, at: time.wall().timestamp,
                    severity: .warning), .event)
            throw .lockedOut
        }
    }

    private func pickup(token text: String) async throws(LockerRefusal) -> String {
        guard let key = configuration.tokenKey else { throw .noTokens }
        let now = time.wall()
        let token: PickupToken
        do throws(PickupToken.Fault) {
            token = try PickupToken(
                verifying: text, key: key, site: site, bank: configuration.name, at: now)
        } catch {
            await refuse("token \(error)", "")
            throw .token(error)
        }
        guard usedTokens[token.nonce] == nil else {
            await refuse("token used", token.compartment)
            throw .token(.used)
        }
        let place = try place(of: token.compartment)
        try checkRoom()
        usedTokens[token.nonce] = token.expires.milliseconds
        var changes: [AccessRegister.Change] = [
            .put(
                "token/\(configuration.name)/\(token.nonce)",
                Array("\(token.expires.milliseconds)".utf8))
        ]
        for (nonce, expires) in usedTokens where expires < now.timestamp.milliseconds {
            usedTokens[nonce] = nil
            changes.append(.remove("token/\(configuration.name)/\(nonce)"))
        }
        if let parcel = desk.parcels[token.compartment] {
            desk.collect(parcel)
            changes.append(.remove(self.key(of: parcel)))
        }
        await register.commit(changes, deed("token", "collected", place, token.nonce))
        await record("parcel.collected", place)
        handle(.release(place))
        return token.compartment
    }

    // MARK: - Running

    /// Looks after the bank until the task is cancelled; then every strike is inactive, as far as
    /// it can be reached.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await item in self.inputs { await self.handle(item) } }
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
        for one in configuration.compartments { _ = await effects.set(one.strike.name, false) }
    }

    package var status: LockerBankStatus {
        LockerBankStatus(
            compartments: configuration.compartments.indices.map { place in
                let one = configuration.compartments[place]
                return LockerBankStatus.Compartment(
                    name: one.name, size: one.size, phase: state.compartments[place].phase,
                    isStrikeActive: state.strikes[place].mayBeActive,
                    isClosed: state.compartments[place].isClosed,
                    parcelSince: desk.parcels[one.name].map {
                        Timestamp(milliseconds: $0.depositedAt)
                    }, fault: state.strikes[place].fault)
            }, energised: state.strikes.count { $0.mayBeActive },
            waiting: state.supply.waiting.count,
            lockedOutUntil: desk.lockedOutUntil)
    }

    // MARK: -

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
                await self.handle(.switched(place, isActive: isActive, fault))
            }
        case .report(let place, let report):
            if report == .opened { desk.opened(configuration.compartments[place].name) }
            if report == .notOpened { takeBack(place, in: &group) }
            let isGrave = ![.opened, .closed].contains(report)
            tell(
                "compartment.\(report.rawValue)", place, isGrave ? .warning : .info,
                report == .forced ? .alarm : .event, in: &group)
        case .strikeFault(let place, _):
            tell("compartment.strikeFault", place, .warning, .event, in: &group)
        case .released(let place): tell("strike.released", place, .info, .event, in: &group)
        case .notReleased(let place): takeBack(place, in: &group)
        case .refused(let place):
            takeBack(place, in: &group)
            tell("strike.refused", place, .warning, .event, in: &group)
        }
    }

    /// A compartment did not open: who came for a parcel, or with one, may try again.
    private func takeBack(_ place: Int, in group: inout DiscardingTaskGroup) {
        switch desk.notOpened(configuration.compartments[place].name) {
        case nil: break
        case .notDeposited(let parcel):
            group.addTask {
                await self.note("notDeposited", place, .remove(self.key(of: parcel)))
            }
        case .notCollected(let parcel):
            group.addTask {
                await self.note("notCollected", place, .put(self.key(of: parcel), parcel.bytes))
            }
        }
    }

    private func note(_ action: String, _ place: Int, _ change: AccessRegister.Change) async {
        await register.commit([change], deed("gateway", action, place))
        await record("parcel.\(action)", place)
    }

    private func tell(
        _ kind: String, _ place: Int, _ severity: Event.Severity, _ lane: Lane,
        in group: inout DiscardingTaskGroup
    ) {
        let event = Event(
            kind, of: subject(place), at: time.wall().timestamp, severity: severity)
        group.addTask { await self.effects.record(event, lane) }
    }

    private func record(_ kind: String, _ place: Int) async {
        // The head of the trail goes out with it: what is cut off afterwards is missed.
        let head = await register.head
        await effects.record(
            Event(
                kind, of: subject(place), at: time.wall().timestamp,
                details: [
                    "audit": "\(head.count)", "hash": head.head.prefix(8).hexadecimal,
                ]), .event)
    }

    private func refuse(_ reason: String, _ compartment: String) async {
        await register.commit(
            [],
            AccessRegister.Deed(
                "code", "refused", "\(configuration.name)/\(compartment)", details: reason))
        await effects.record(
            Event(
                "pickup.refused", of: configuration.name, at: time.wall().timestamp,
                severity: .warning, details: ["reason": reason]), .event)
    }

    private func checkRoom() throws(LockerRefusal) {
        guard state.supply.waiting.count < configuration.waitingLimit else { throw .busy }
    }

    private func place(of compartment: String) throws(LockerRefusal) -> Int {
        let place = configuration.compartments.firstIndex { $0.name == compartment }
        guard let place else { throw .unknownCompartment(compartment) }
        return place
    }

    private func subject(_ place: Int) -> String {
        "\(configuration.name)/\(configuration.compartments[place].name)"
    }

    private func deed(
        _ person: String, _ action: String, _ place: Int, _ details: String = ""
    ) -> AccessRegister.Deed {
        AccessRegister.Deed(person, action, subject(place), details: details)
    }

    private nonisolated func key(of parcel: Parcel) -> String {
        "parcel/\(configuration.name)/\(parcel.compartment)"
    }
}

extension Parcel {
    /// As it is kept.
    fileprivate var bytes: [UInt8] {
        // Plain values: encoding cannot fail.
        (try? JSONEncoder().encode(self)).map { [UInt8]($0) } ?? []
    }
}

extension Collection<UInt8> {
    /// Two digits a byte.
    package var hexadecimal: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
