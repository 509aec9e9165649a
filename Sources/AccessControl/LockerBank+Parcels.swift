import Execution
import FoundationEssentials
package import SiteConfiguration
import Telemetry

/// What is wanted of a bank: parcels in and out, and compartments opened by hand.
extension LockerBank {
    /// Opens a compartment, whatever is in it. A parcel that was there counts as being there still.
    ///
    /// - Parameter command: Names the wish: one that was carried out is not carried out again.
    package func release(
        _ compartment: String, by person: String, command: String? = nil
    ) async throws(LockerRefusal) {
        _ = try place(of: compartment)
        if let command, commands.contains(command) { throw .alreadyDone(command) }
        try checkRoom()
        var changes: [AccessRegister.Change] = []
        if let command {
            commands = (commands + [command]).suffix(Self.commandMemory)
            changes.append(
                .put("commands/\(name)", Array(commands.joined(separator: "\n").utf8)))
        }
        let parcel = desk.openByHand(compartment, at: time.now())
        if let parcel { changes.append(.put(key(of: parcel), parcel.bytes)) }
        await register.commit(
            changes, deed(person, "released", compartment, parcel == nil ? "" : "with a parcel"))
        if parcel != nil { await record("parcel.openedByHand", compartment, by: person) }
        desk.opened(compartment)
        do throws(LockerRefusal) {
            try await open(compartment)
        } catch {
            if let command { await forget(command, compartment) }
            throw error
        }
    }

    /// A command that opened nothing may be given again.
    private func forget(_ command: String, _ compartment: String) async {
        commands.removeAll { $0 == command }
        let rest = Array(commands.joined(separator: "\n").utf8)
        await note("notReleased", compartment, .put("commands/\(name)", rest))
    }

    /// Opens a free compartment for a parcel.
    ///
    /// - Returns: The compartment, and the code that is told to nobody else and kept nowhere.
    /// - Throws: `.notSaved` where it cannot be written down; nothing is opened then. What lies in
    ///   the bank already is given out all the same.
    package func deposit(
        _ size: ParcelSize, by person: String
    ) async throws(LockerRefusal) -> Deposit {
        try checkRoom()
        let usable = zip(configuration.compartments, state.compartments).map {
            $1.phase == .closed && !promised.contains($0.name)
        }
        guard let place = desk.place(for: size, where: { usable[$0] }) else { throw .noRoom(size) }
        let (parcel, code) = desk.parcel(in: place, at: time.now(), using: &random)
        desk.deposit(parcel)
        let isSaved = await register.commit(
            [.put(key(of: parcel), parcel.bytes)], deed(person, "deposited", parcel.compartment))
        guard isSaved else {
            desk.withdraw(parcel)
            await note("notDeposited", parcel.compartment, .remove(key(of: parcel)))
            throw .notSaved
        }
        await record("parcel.deposited", parcel.compartment)
        try await open(parcel.compartment)
        return Deposit(
            compartment: parcel.compartment, code: code,
            validUntil: parcel.undated == nil ? Timestamp(milliseconds: parcel.validUntil) : nil,
            valid: configuration.codes.valid)
    }

    /// Opens the compartment of a parcel that is not given out any more: its courier or the house
    /// takes it back.
    package func takeBack(
        _ compartment: String, by person: String
    ) async throws(LockerRefusal) {
        _ = try place(of: compartment)
        guard let parcel = desk.parcels[compartment] else { throw .noParcel(compartment) }
        try checkRoom()
        promised.insert(compartment)
        defer { promised.remove(compartment) }
        desk.collect(parcel)
        await register.commit(
            [.remove(key(of: parcel))], deed(person, "tookBack", compartment))
        await record("parcel.takenBack", compartment, by: person)
        try await open(compartment)
    }

    /// Notes that somebody has seen that a compartment is empty. Opens nothing.
    package func clear(_ compartment: String, by person: String) async throws(LockerRefusal) {
        guard let parcel = desk.clear(compartment) else {
            _ = try place(of: compartment)
            throw .noParcel(compartment)
        }
        await register.commit([.remove(key(of: parcel))], deed(person, "cleared", compartment))
        await record("parcel.cleared", compartment, by: person)
    }

    /// Opens the compartment a code or a token stands for.
    ///
    /// - Returns: The compartment.
    package func pickup(_ text: String) async throws(LockerRefusal) -> String {
        if text.hasPrefix(PickupToken.prefix) { return try await pickup(token: text) }
        try checkRoom()
        switch desk.tryCode(text, at: time.now()) {
        case .granted(let parcel):
            promised.insert(parcel.compartment)
            defer { promised.remove(parcel.compartment) }
            desk.collect(parcel)
            await register.commit(
                [.remove(key(of: parcel)), .remove("lockout/\(name)")],
                deed("code", "collected", parcel.compartment))
            await record("parcel.collected", parcel.compartment)
            try await open(parcel.compartment)
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
                [.put("lockout/\(name)", [1])], AccessRegister.Deed("code", "lockedOut", name))
            await effects.record(
                Event(
                    "pickup.lockedOut", of: name, at: time.wall().timestamp, severity: .warning),
                .event)
            throw .lockedOut
        }
    }

    private func pickup(token text: String) async throws(LockerRefusal) -> String {
        guard let key = configuration.tokenKey else { throw .noTokens }
        let now = time.wall()
        let token: PickupToken
        do throws(PickupToken.Fault) {
            token = try PickupToken(verifying: text, key: key, site: site, bank: name, at: now)
        } catch {
            await refuse("token \(error)", "")
            throw .token(error)
        }
        guard usedTokens[token.nonce] == nil else {
            await refuse("token used", token.compartment)
            throw .token(.used)
        }
        _ = try place(of: token.compartment)
        try checkRoom()
        usedTokens[token.nonce] = token.expires.milliseconds
        promised.insert(token.compartment)
        defer { promised.remove(token.compartment) }
        var changes: [AccessRegister.Change] = [
            .put("token/\(name)/\(token.nonce)", Array("\(token.expires.milliseconds)".utf8))
        ]
        for (nonce, expires) in usedTokens where expires < now.timestamp.milliseconds {
            usedTokens[nonce] = nil
            changes.append(.remove("token/\(name)/\(nonce)"))
        }
        if let parcel = desk.parcels[token.compartment] {
            desk.collect(parcel)
            changes.append(.remove(self.key(of: parcel)))
        }
        await register.commit(changes, deed("token", "collected", token.compartment, token.nonce))
        await record("parcel.collected", token.compartment)
        do throws(LockerRefusal) {
            try await open(token.compartment)
        } catch {
            usedTokens[token.nonce] = nil
            await note(
                "notReleased", token.compartment, .remove("token/\(name)/\(token.nonce)"))
            throw error
        }
        return token.compartment
    }

    // MARK: - As time goes by

    /// Tells of parcels that lie there for too long, until the task is cancelled.
    func reviewParcels() async {
        while !Task.isCancelled {
            for change in desk.review(at: time.now()) {
                switch change {
                case .dated(let parcel):
                    await note("dated", parcel.compartment, .put(key(of: parcel), parcel.bytes))
                case .overdue(let parcel):
                    await note("overdue", parcel.compartment, .put(key(of: parcel), parcel.bytes))
                    await record("parcel.overdue", parcel.compartment, severity: .warning)
                }
            }
            await time.sleep(time.monotonic().advanced(by: Self.reviewInterval))
        }
    }

    /// A compartment did not open: who came for a parcel, or with one, may try again.
    func takeBack(_ compartment: String, in group: inout DiscardingTaskGroup) {
        switch desk.notOpened(compartment) {
        case nil: break
        case .notDeposited(let parcel):
            group.addTask {
                await self.note("notDeposited", compartment, .remove(self.key(of: parcel)))
                await self.record("parcel.notDeposited", compartment)
            }
        case .notCollected(let parcel):
            group.addTask {
                await self.note(
                    "notCollected", compartment, .put(self.key(of: parcel), parcel.bytes))
                await self.record("parcel.notCollected", compartment)
            }
        }
    }

    private func note(
        _ action: String, _ compartment: String, _ change: AccessRegister.Change
    ) async {
        await register.commit([change], deed("gateway", action, compartment))
    }

    // MARK: - Writing down

    private func record(
        _ kind: String, _ compartment: String, by person: String? = nil,
        severity: Event.Severity = .info
    ) async {
        // The head of the trail goes out with it: what is cut off afterwards is missed.
        let head = await register.head
        var details = ["audit": "\(head.count)", "hash": head.hash.prefix(8).hexadecimal]
        details["by"] = person
        await effects.record(
            Event(
                kind, of: subject(compartment), at: time.wall().timestamp, severity: severity,
                details: details), .event)
    }

    private func refuse(_ reason: String, _ compartment: String) async {
        await register.commit([], deed("code", "refused", compartment, reason))
        await effects.record(
            Event(
                "pickup.refused", of: name, at: time.wall().timestamp, severity: .warning,
                details: ["reason": reason]), .event)
    }

    private func checkRoom() throws(LockerRefusal) {
        guard state.supply.waiting.count < configuration.waitingLimit else { throw .busy }
    }

    private nonisolated func deed(
        _ person: String, _ action: String, _ compartment: String, _ details: String = ""
    ) -> AccessRegister.Deed {
        AccessRegister.Deed(person, action, subject(compartment), details: details)
    }

    private nonisolated func key(of parcel: Parcel) -> String {
        "parcel/\(name)/\(parcel.compartment)"
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
