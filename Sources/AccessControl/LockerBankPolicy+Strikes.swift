import Execution
import GPIO
import SiteConfiguration
import Telemetry

/// What the strikes and contacts of a bank decide, for those who asked and for the parcels.
extension LockerBankPolicy {
    mutating func take(_ decided: [LockerBankState.Action], at now: Moment) {
        for action in decided {
            switch action {
            case .set(let place, let isActive):
                let line = configuration.compartments[place].strike.name
                actions.append(.set(line, isActive: isActive))
            case .report(let place, let report):
                let name = configuration.compartments[place].name
                if report == .opened { desk.opened(name) }
                if report == .notOpened { takeBack(name, at: now) }
                let isGrave = ![.opened, .closed].contains(report)
                tell(
                    "compartment.\(report.rawValue)", name, isGrave ? .warning : .info,
                    report == .forced ? .alarm : .event, at: now)
            case .strikeFault(let place, _):
                let name = configuration.compartments[place].name
                tell("compartment.strikeFault", name, .warning, .event, at: now)
            case .released(let place):
                let name = configuration.compartments[place].name
                for request in opening where request.compartment == name { succeed(request) }
                tell("strike.released", name, .info, .event, at: now)
            case .notReleased(let place):
                let name = configuration.compartments[place].name
                let fault = strikes.strikes[place].fault ?? .stopped
                notReleased(name, .strike(fault), at: now)
            case .refused(let place):
                let name = configuration.compartments[place].name
                notReleased(name, .busy, at: now)
                tell("strike.refused", name, .warning, .event, at: now)
            }
        }
    }

    private mutating func notReleased(
        _ compartment: String, _ refusal: LockerRefusal, at now: Moment
    ) {
        takeBack(compartment, at: now)
        for request in opening where request.compartment == compartment {
            fail(request, refusal, at: now)
        }
    }

    /// A compartment did not open: who came for a parcel, or with one, may try again.
    mutating func takeBack(_ compartment: String, at now: Moment) {
        switch desk.notOpened(compartment) {
        case nil: break
        case .notDeposited(let parcel):
            var entry = note("notDeposited", compartment, .remove(key(of: parcel)))
            entry.event = event("parcel.notDeposited", compartment, at: now)
            write(entry)
        case .notCollected(let parcel):
            var entry = note("notCollected", compartment, kept(parcel))
            entry.event = event("parcel.notCollected", compartment, at: now)
            write(entry)
        }
    }

    private mutating func tell(
        _ kind: String, _ compartment: String, _ severity: Event.Severity, _ lane: Lane,
        at now: Moment
    ) {
        actions.append(
            .record(
                Event(
                    kind, of: subject(compartment), at: now.wall.timestamp, severity: severity),
                lane))
    }
}
