package import Execution
import GPIO
package import MaintenanceAPI
import Persistence
import SiteConfiguration

/// Lockers and doors in words.
extension AccessService {
    package func lockerReports(at now: Moment) async -> [LockerReport] {
        var reports: [LockerReport] = []
        for bank in lockers {
            guard let running = banks[bank.name]?.bank else { continue }
            var report = LockerReport(bank, await running.status, now: now)
            if let fault = readers[bank.name]?.fault { report.faults.append(fault) }
            reports.append(report)
        }
        return reports
    }

    package func doorReports(at now: Moment) async -> [DoorReport] {
        var reports: [DoorReport] = []
        for service in doors.all {
            reports.append(DoorReport(await service.door.status, now: now))
        }
        return reports
    }

    package func auditReport(last limit: Int) async throws(Problem) -> AuditReport {
        guard let register else { return AuditReport(count: 0, head: "", records: []) }
        do {
            var report = AuditReport(try await register.audit(last: limit))
            report.timeZone = site?.timeZone
            return report
        } catch {
            throw Problem(
                .cacheUnavailable, "the audit trail cannot be read: \(error)",
                hint: "look at the disk: `df -h \(stateFolder)`, `dmesg`")
        }
    }
}

extension LockerReport {
    init(_ bank: LockerBankConfiguration, _ status: LockerBankStatus, now: Moment) {
        self.init(
            bank: bank.name,
            compartments: status.compartments.map { one in
                Compartment(
                    name: one.name, size: one.size.rawValue, state: one.phase.words,
                    isStrikeActive: one.isStrikeActive, isClosed: one.isClosed,
                    parcelSince: one.parcel?.depositedAt, parcelState: one.parcel?.words,
                    parcelUntil: one.parcel.flatMap { $0.undated == nil ? $0.validUntil : nil },
                    faults: (one.fault.map { ["strike: \($0.words)"] } ?? [])
                        + (one.isClosed == nil ? ["its contact cannot be read"] : []))
            }, energised: status.energised, waiting: status.waiting,
            strikesAtOnce: bank.strikesAtOnce,
            lockedOutUntil: status.lockedOutUntil.flatMap { until in
                let rest = now.monotonic.duration(to: until)
                return rest > .zero ? (now.wall.timestamp + rest).milliseconds : nil
            })
    }
}

extension Parcel {
    /// `undated` where nobody has set the clock since it came.
    fileprivate var words: String {
        if isOverdue == true { return "overdue" }
        if openedByHandAt != nil { return "opened by hand" }
        return undated == nil ? "waiting" : "undated"
    }
}

extension CompartmentState.Phase {
    fileprivate var words: String {
        switch self {
        case .unknown: "unknown"
        case .closed: "closed"
        case .waiting: "releasing"
        case .released: "released"
        case .open: "open"
        case .heldOpen: "held open"
        case .forced: "forced"
        }
    }
}

extension DoorReport {
    init(_ status: DoorStatus, now: Moment) {
        let state =
            switch status.phase {
            case .unknown: "unknown"
            case .secure where status.isHeld: "unlocked by an alarm"
            case .secure where status.isReleased: "released"
            case .secure: "secure"
            case .open: "open"
            case .heldOpen: "held open"
            case .forced: "forced"
            }
        let age = status.since.duration(to: now.monotonic)
        self.init(
            name: status.name, state: state, isStrikeActive: status.isStrikeActive,
            isClosed: status.isClosed, since: (now.wall.timestamp - age).milliseconds,
            faults: (status.fault.map { ["strike: \($0.words)"] } ?? [])
                + (status.isClosed == nil ? ["its contact cannot be read"] : [])
                + (status.isExitStuck ? ["its exit button is stuck, and keeps it unlocked"] : []))
    }
}

extension AuditReport {
    init(_ findings: AuditFindings) {
        self.init(
            count: Int(findings.head.count), head: findings.head.hash.hexadecimal,
            fault: findings.faults.isEmpty
                ? nil : findings.faults.map(\.words).joined(separator: "; "),
            records: findings.newest.map { record in
                Record(
                    number: record.number, time: record.time.milliseconds, actor: record.actor,
                    action: record.action, subject: record.subject, details: record.details,
                    hash: record.hash.hexadecimal)
            })
    }
}

extension Problem {
    init(_ refusal: LockerRefusal, of request: LockerRequest, among names: [String] = []) {
        switch refusal {
        case .unknownCompartment(let name): self = .unknown(name, what: "compartment", among: names)
        case .noSize: self.init(.badRequest, "a size is small, medium or large")
        case .noParcel(let name):
            self.init(
                .refused, "nobody knows of a parcel in \(request.bank)/\(name)",
                hint: "`linli lockers release \(request.bank)/\(name)` opens it all the same")
        case .strike(let fault):
            self.init(
                .lineFault,
                "the strike of \(request.bank) cannot be switched, and nothing opened: "
                    + fault.words,
                hint: "`linli lines --faulty` says more; open it with its key")
        case .notSaved:
            self.init(
                .cacheUnavailable, "the parcel cannot be written down, and nothing opened",
                hint:
                    "look at the disk: `df -h`, `linli status`; what lies here is given out all "
                    + "the same")
        case .stopped:
            self.init(.notReady, "the lockers are just being stopped", hint: "try again")
        case .alreadyDone(let command): self.init(.refused, "\(command) was carried out before")
        case .busy:
            self.init(.refused, "too many releases wait for this bank", hint: "try again shortly")
        case .noRoom(let size):
            self.init(.refused, "no free compartment for a \(size.rawValue) parcel")
        case .unknownCode: self.init(.refused, "no parcel here has this code")
        case .expired:
            self.init(
                .refused, "this code is no longer good",
                hint:
                    "`linli lockers` says which parcel is overdue: hand it over with `linli lockers "
                    + "take-back`")
        case .tooSoon: self.init(.refused, "one code a second", hint: "try again")
        case .lockedOut:
            self.init(
                .refused, "too many wrong codes: none is taken for now",
                hint: "`linli lockers` says until when")
        case .noTokens:
            self.init(
                .refused, "this bank takes no tokens", hint: "see `tokens` in SiteDocument.md")
        case .token(let fault): self.init(.refused, "the token was refused: \(fault.words)")
        }
    }
}

extension PickupToken.Fault {
    fileprivate var words: String {
        switch self {
        case .malformed: "it is none"
        case .badSignature: "its signature is wrong"
        case .otherPlace: "it is for another site or bank"
        case .expired: "it is no longer good"
        case .tooLong: "it is good for longer than a month"
        case .timeUnknown: "the gateway does not know the time"
        case .used: "it was used before"
        }
    }
}
