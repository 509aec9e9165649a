package import Execution
package import SiteConfiguration
import Telemetry

/// What is wanted of a bank: parcels in and out, and compartments opened by hand.
///
/// Each returns the number of the request, which is answered by ``Action/answer(_:_:)``, and throws
/// where nothing is even written down.
extension LockerBankPolicy {
    /// Opens a compartment, whatever is in it. A parcel that was there counts as being there still.
    ///
    /// - Parameter command: Names the request: one that was carried out is not carried out again.
    /// - Throws: `.unknownCompartment`, `.alreadyDone`, `.busy`.
    package mutating func release(
        _ compartment: String, by person: String, command: String? = nil, at now: Moment
    ) throws(LockerRefusal) -> (Int, [Action]) {
        _ = try place(of: compartment)
        if let command, commands.contains(command) { throw .alreadyDone(command) }
        try checkRoom()
        var changes: [AccessRegister.Change] = []
        if let command {
            commands.add(command)
            changes.append(.put("commands/\(name)", commands.bytes))
        }
        let parcel = desk.openByHand(compartment, at: now)
        if let parcel { changes.append(kept(parcel)) }
        let details = parcel == nil ? "" : "with a parcel"
        let told = event("parcel.openedByHand", compartment, at: now, by: person)
        return begin(
            .release(command: command), compartment, .opened(compartment),
            LockerEntry(
                changes, deed(person, "released", compartment, details),
                parcel == nil ? nil : told))
    }

    /// Opens a free compartment for a parcel. The answer has the code, which is told to nobody else
    /// and kept nowhere; `.notSaved` where the parcel cannot be written down: nothing is opened then.
    ///
    /// - Throws: `.busy`, `.noRoom`.
    package mutating func deposit(
        _ size: ParcelSize, by person: String, at now: Moment
    ) throws(LockerRefusal) -> (Int, [Action]) {
        try checkRoom()
        let promised = Set(requests.values.filter(\.isOpen).map(\.compartment))
        let usable = zip(configuration.compartments, strikes.compartments).map {
            $1.phase == .closed && !promised.contains($0.name)
        }
        guard let place = desk.place(for: size, where: { usable[$0] }) else { throw .noRoom(size) }
        let (parcel, code) = desk.parcel(in: place, at: now, using: &random)
        desk.deposit(parcel)
        let deposit = Deposit(
            compartment: parcel.compartment, code: code,
            validUntil: parcel.undated == nil ? Timestamp(milliseconds: parcel.validUntil) : nil,
            valid: configuration.codes.valid)
        var entry = LockerEntry(
            [kept(parcel)], deed(person, "deposited", parcel.compartment),
            event("parcel.deposited", parcel.compartment, at: now))
        entry.isToldOnlyIfSaved = true
        return begin(.deposit(parcel), parcel.compartment, .deposited(deposit), entry)
    }

    /// Opens the compartment of a parcel that is not given out any more: its courier or the house
    /// takes it back.
    ///
    /// - Throws: `.unknownCompartment`, `.noParcel`, `.busy`.
    package mutating func takeBack(
        _ compartment: String, by person: String, at now: Moment
    ) throws(LockerRefusal) -> (Int, [Action]) {
        _ = try place(of: compartment)
        guard let parcel = desk.parcels[compartment] else { throw .noParcel(compartment) }
        try checkRoom()
        desk.collect(parcel)
        return begin(
            .collection, compartment, .opened(compartment),
            LockerEntry(
                [.remove(key(of: parcel))], deed(person, "tookBack", compartment),
                event("parcel.takenBack", compartment, at: now, by: person)))
    }

    /// Notes that somebody has seen that a compartment is empty. Opens nothing.
    ///
    /// - Throws: `.unknownCompartment`, `.noParcel`.
    package mutating func clear(
        _ compartment: String, by person: String, at now: Moment
    ) throws(LockerRefusal) -> (Int, [Action]) {
        guard let parcel = desk.clear(compartment) else {
            _ = try place(of: compartment)
            throw .noParcel(compartment)
        }
        return begin(
            .entry, compartment, .cleared(compartment),
            LockerEntry(
                [.remove(key(of: parcel))], deed(person, "cleared", compartment),
                event("parcel.cleared", compartment, at: now, by: person)), opens: false)
    }

    /// Opens the compartment a code or a token stands for. A code or token that is refused is written
    /// down, so it is the answer that says why: `.unknownCode`, `.expired`, `.lockedOut`, `.token`.
    ///
    /// - Throws: `.busy`, `.tooSoon`, `.noTokens`, `.unknownCompartment`.
    package mutating func pickup(
        _ text: String, at now: Moment
    ) throws(LockerRefusal) -> (Int, [Action]) {
        if text.hasPrefix(PickupToken.prefix) { return try pickup(token: text, at: now) }
        try checkRoom()
        switch desk.tryCode(text, at: now) {
        case .granted(let parcel):
            desk.collect(parcel)
            return begin(
                .collection, parcel.compartment, .opened(parcel.compartment),
                LockerEntry(
                    [.remove(key(of: parcel)), .remove("lockout/\(name)")],
                    deed("code", "collected", parcel.compartment),
                    event("parcel.collected", parcel.compartment, at: now)))
        case .expired(let parcel): return refuse(.expired, "expired", parcel.compartment, at: now)
        case .unknown: return refuse(.unknownCode, "unknown code", "", at: now)
        case .tooSoon: throw .tooSoon
        case .lockedOut:
            var entry = LockerEntry(
                [.put("lockout/\(name)", [1])], AccessRegister.Deed("code", "lockedOut", name),
                Event("pickup.lockedOut", of: name, at: now.wall.timestamp, severity: .warning))
            entry.hasHead = false
            return begin(.entry, "", .refused(.lockedOut), entry, opens: false)
        }
    }

    private mutating func pickup(
        token text: String, at now: Moment
    ) throws(LockerRefusal) -> (Int, [Action]) {
        guard let key = configuration.tokenKey else { throw .noTokens }
        let token: PickupToken
        do throws(PickupToken.Fault) {
            token = try PickupToken(
                verifying: text, key: key, site: site, bank: name, at: now.wall)
        } catch {
            return refuse(.token(error), "token \(error)", "", at: now)
        }
        guard !tokens.contains(token.nonce) else {
            return refuse(.token(.used), "token used", token.compartment, at: now)
        }
        _ = try place(of: token.compartment)
        try checkRoom()
        var changes = [AccessRegister.Change.put(tokenKey(token.nonce), tokens.use(token))]
        for nonce in tokens.removeExpired(at: now.wall.timestamp) {
            changes.append(.remove(tokenKey(nonce)))
        }
        if let parcel = desk.parcels[token.compartment] {
            desk.collect(parcel)
            changes.append(.remove(self.key(of: parcel)))
        }
        return begin(
            .token(token.nonce), token.compartment, .opened(token.compartment),
            LockerEntry(
                changes, deed("token", "collected", token.compartment, token.nonce),
                event("parcel.collected", token.compartment, at: now)))
    }

    private mutating func refuse(
        _ refusal: LockerRefusal, _ reason: String, _ compartment: String, at now: Moment
    ) -> (Int, [Action]) {
        var entry = LockerEntry(
            [], deed("code", "refused", compartment, reason),
            Event(
                "pickup.refused", of: name, at: now.wall.timestamp, severity: .warning,
                details: ["reason": reason]))
        entry.hasHead = false
        return begin(.entry, compartment, .refused(refusal), entry, opens: false)
    }

    private mutating func begin(
        _ kind: BankRequest.Kind, _ compartment: String, _ answer: Answer, _ entry: LockerEntry,
        opens: Bool = true
    ) -> (Int, [Action]) {
        nextNumber += 1
        requests[nextNumber] = BankRequest(
            number: nextNumber, compartment: compartment, stage: opens ? .granted : .settled,
            answer: answer, kind: kind)
        write(entry, for: nextNumber)
        defer { actions = [] }
        return (nextNumber, actions)
    }

    private func checkRoom() throws(LockerRefusal) {
        guard strikes.supply.waiting.count < configuration.waitingLimit,
            requests.count < Self.requestLimit
        else { throw .busy }
    }

    func place(of compartment: String) throws(LockerRefusal) -> Int {
        let place = configuration.compartments.firstIndex { $0.name == compartment }
        guard let place else { throw .unknownCompartment(compartment) }
        return place
    }
}
