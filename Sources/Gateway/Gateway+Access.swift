import AccessControl
import Alarms
import Execution
import GPIO
import LinuxSystem
import Logging
import Maintenance
import Persistence
import SiteConfiguration
import Telemetry

extension Gateway {
    /// Builds lockers and doors anew where their part of the site has changed.
    func applyAccess(of site: SiteDocument) async {
        let wanted = AccessService.Configuration(
            site: site.site.id, lockers: site.lockers, doors: site.doors)
        guard access?.configuration != wanted else { return }
        if let running = access {
            field.use(access: nil)
            await running.part.stop()
            access = nil
        }
        guard !wanted.isEmpty else { return }
        var secret: [UInt8] = []
        var register = await openRegister()
        do throws(StateFileError) {
            secret = try CodeSecret.load(stateFolder: options.stateFolder)
        } catch {
            logger.error("Lockers cannot be opened by codes", metadata: ["error": "\(error)"])
            register = nil
        }
        let (sealer, reporter) = (sealer, reporter)
        // Doors let people out all the same; lockers whose parcels are not known must not be given
        // away. The next reload tries again.
        let service = await AccessService(
            register == nil ? wanted.withoutLockers : wanted, secret: secret,
            register: register ?? memoryRegister(),
            effects: AccessEffects(
                lines: outputs(of: site),
                record: { event, lane in await sealer.store(event, in: lane) }),
            time: time, onNews: { reporter.yield($0) })
        access = service
        field.use(access: service)
        starter.yield(service.part)
        field.tellForgotten(site.doors.map { .door($0.name) })
    }

    /// A register that forgets all with the end of the gateway, and says that nothing is saved.
    private func memoryRegister() -> AccessRegister {
        let sealer = sealer
        return AccessRegister(
            journal: .none, contents: AccessContents(), time: time,
            record: { event, lane in await sealer.store(event, in: lane) })
    }

    /// The register of all lockers and doors, opened when it is first needed.
    private func openRegister() async -> AccessRegister? {
        if let accessRegister { return accessRegister }
        do {
            let store = try AccessStore(
                folder: options.stateFolder, executor: ThreadExecutor(name: "access"))
            if let file = store.setAside {
                logger.error(
                    "The journal of the lockers could not be read and was set aside",
                    metadata: ["file": "\(file)"])
                let event = Event(
                    "access.setAside", of: file, at: time.wall().timestamp, severity: .alarm)
                await sealer.store(event, in: .alarm)
            }
            let journal = AccessJournal(store, logger: logger)
            let sealer = sealer
            let register = AccessRegister(
                journal: journal, contents: try await journal.load(), time: time,
                record: { event, lane in await sealer.store(event, in: lane) })
            starter.yield(Part { await register.run() })
            accessRegister = register
            return register
        } catch {
            logger.error(
                "The journal of the lockers cannot be had", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// An alarm holds a door unlocked, or lets go of it.
    func hold(door name: String, _ isReleased: Bool) async throws(LineFault) {
        guard let door = access?.doors[name] else { throw .stopped }
        try await door.hold(isReleased)
    }

    // MARK: - Reports

    func lockerReports() async -> [LockerReport] {
        var reports: [LockerReport] = []
        for bank in site.lockers {
            guard let running = access?.banks[bank.name] else { continue }
            var report = LockerReport(bank, await running.status, now: time.now())
            if let fault = access?.readers[bank.name]?.fault { report.faults.append(fault) }
            reports.append(report)
        }
        return reports
    }

    func doorReports() async -> [DoorReport] {
        var reports: [DoorReport] = []
        for door in site.doors {
            guard let running = access?.doors[door.name] else { continue }
            reports.append(DoorReport(await running.status, now: time.now()))
        }
        return reports
    }

    func releaseDoor(_ request: DoorRequest) async throws(Problem) -> DoorReport {
        try known(request.door, what: "door", among: site.doors.map(\.name))
        guard let door = access?.doors[request.door] else {
            throw Problem(.notReady, "the doors are not running", hint: "try again")
        }
        await door.release(by: request.by)
        return DoorReport(await door.status, now: time.now())
    }

    func work(_ request: LockerRequest) async throws(Problem) -> LockerAnswer {
        try known(request.bank, what: "bank of lockers", among: site.lockers.map(\.name))
        guard let bank = access?.banks[request.bank] else {
            throw Problem(
                .notReady, "the lockers are not running", hint: "`linli status` says why")
        }
        do {
            switch request.act {
            case .release:
                let names = bank.configuration.compartments.map(\.name)
                let compartment = request.compartment ?? ""
                try known(compartment, what: "compartment", among: names)
                try await bank.release(compartment, by: request.by)
                return LockerAnswer(bank: request.bank, compartment: compartment)
            case .deposit:
                guard let size = request.size.flatMap(ParcelSize.init) else {
                    throw Problem(.badRequest, "a size is small, medium or large")
                }
                let deposit = try await bank.deposit(size, by: request.by)
                return LockerAnswer(
                    bank: request.bank, compartment: deposit.compartment, code: deposit.code,
                    validUntil: deposit.validUntil.milliseconds)
            case .pickup:
                let compartment = try await bank.pickup(request.code ?? "")
                return LockerAnswer(bank: request.bank, compartment: compartment)
            }
        } catch let refusal as LockerRefusal {
            throw Problem(refusal)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(.failure, "\(error)")
        }
    }

    func auditReport(_ limit: Int) async throws(Problem) -> AuditReport {
        guard let accessRegister else { return AuditReport(count: 0, head: "", records: []) }
        do {
            return AuditReport(try await accessRegister.audit(last: limit))
        } catch {
            throw Problem(
                .cacheUnavailable, "the audit trail cannot be read: \(error)",
                hint: "look at the disk: `df -h \(options.stateFolder)`, `dmesg`")
        }
    }
}
