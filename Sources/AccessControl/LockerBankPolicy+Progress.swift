import Execution
import FoundationEssentials
import SiteConfiguration
import Telemetry

/// What becomes of requests that were granted.
extension LockerBankPolicy {
    /// Those whose strike is told, or waits for its turn; the oldest first.
    var opening: [BankRequest] {
        requests.values.filter { $0.stage == .opening }.sorted { $0.number < $1.number }
    }

    /// What was to be written for a request is.
    mutating func goOn(_ number: Int, isSaved: Bool, at now: Moment) {
        guard let request = requests[number] else { return }
        switch (request.stage, request.kind) {
        case (.granted, .deposit(let parcel)) where !isSaved:
            // A power cut would give its compartment away a second time.
            desk.withdraw(parcel)
            requests[number]?.stage = .undone(.notSaved)
            write(note("notDeposited", parcel.compartment, .remove(key(of: parcel))), for: number)
        case (.granted, .release):
            desk.opened(request.compartment)
            open(request, at: now)
        case (.granted, _): open(request, at: now)
        case (.settled, _): succeed(request)
        case (.undone(let refusal), _): finish(request, .refused(refusal))
        case (.opening, _): break
        }
    }

    private mutating func open(_ request: BankRequest, at now: Moment) {
        let place = configuration.compartments.firstIndex { $0.name == request.compartment }
        guard let place else {
            return fail(request, .unknownCompartment(request.compartment), at: now)
        }
        // Its pulse is under way: one for a strike at a time.
        let isOpen =
            strikes.strikes[place].isWanted
            && !opening.contains { $0.compartment == request.compartment }
        requests[request.number]?.stage = .opening
        take(strikes.handle(.release(place), at: now.monotonic), at: now)
        if isOpen { succeed(request) }
    }

    mutating func succeed(_ request: BankRequest) {
        finish(request, request.answer)
    }

    /// A request that was granted has opened nothing.
    mutating func fail(_ request: BankRequest, _ refusal: LockerRefusal, at now: Moment) {
        guard let undoing = undoing(request) else { return finish(request, .refused(refusal)) }
        requests[request.number]?.stage = .undone(refusal)
        write(undoing, for: request.number)
    }

    private mutating func finish(_ request: BankRequest, _ answer: Answer) {
        requests[request.number] = nil
        actions.append(.answer(request.number, answer))
    }

    /// What makes a request as if it had never been granted; `nil` where there is nothing to.
    mutating func undoing(_ request: BankRequest) -> LockerEntry? {
        switch request.kind {
        case .release(let command?):
            commands.forget(command)
            return note(
                "notReleased", request.compartment, .put("commands/\(name)", commands.bytes))
        case .token(let nonce):
            tokens.forget(nonce)
            return note("notReleased", request.compartment, .remove(tokenKey(nonce)))
        case .release(nil), .deposit, .collection, .entry: return nil
        }
    }

    // MARK: - Names

    var name: String { configuration.name }

    func subject(_ compartment: String) -> String { "\(name)/\(compartment)" }

    func deed(
        _ person: String, _ action: String, _ compartment: String, _ details: String = ""
    ) -> AccessRegister.Deed {
        AccessRegister.Deed(person, action, subject(compartment), details: details)
    }

    func note(
        _ action: String, _ compartment: String, _ change: AccessRegister.Change
    ) -> LockerEntry {
        LockerEntry([change], deed("gateway", action, compartment))
    }

    func event(
        _ kind: String, _ compartment: String, at now: Moment, by person: String? = nil,
        severity: Event.Severity = .info
    ) -> Event {
        Event(
            kind, of: subject(compartment), at: now.wall.timestamp, severity: severity,
            details: person.map { ["by": $0] } ?? [:])
    }

    func key(of parcel: Parcel) -> String { "parcel/\(name)/\(parcel.compartment)" }

    func tokenKey(_ nonce: String) -> String { "token/\(name)/\(nonce)" }

    func kept(_ parcel: Parcel) -> AccessRegister.Change { .put(key(of: parcel), parcel.bytes) }
}

extension Parcel {
    /// As it is kept.
    fileprivate var bytes: [UInt8] {
        // Plain values: encoding cannot fail.
        (try? JSONEncoder().encode(self)).map { [UInt8]($0) } ?? []
    }
}
