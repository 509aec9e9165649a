import AccessControl
import Alarms
import Execution
import GPIO
import LinuxSystem
import Logging
import MaintenanceAPI
import Persistence
import SiteConfiguration
import Telemetry

extension Gateway {
    /// Takes lockers and doors over where their own part of the site has changed: the others go on.
    func applyAccess(of site: SiteDocument) async {
        var service = access ?? AccessService()
        var ended: [Part] = []
        if accessRegister == nil, !service.doors.isEmpty, await openRegister() != nil {
            for name in service.doors.keys { ended += service.remove(door: name) }
        }
        let doors = Dictionary(site.doors.map { ($0.name, $0) }) { $1 }
        for (name, door) in service.doors where doors[name] != door.configuration {
            ended += service.remove(door: name)
        }
        let banks = Set(site.lockers.map(\.name))
        for name in service.banks.keys where !banks.contains(name) {
            ended += service.remove(bank: name)
        }
        for bank in site.lockers {
            guard let reader = service.readers[bank.name], reader.configuration != bank.reader
            else { continue }
            ended += service.remove(readerOf: bank.name)
        }
        access = service
        field.use(access: service)
        for part in ended { await part.stop() }
        let isNeeded = !site.doors.isEmpty || !site.lockers.isEmpty
        guard isNeeded else {
            access = nil
            return field.use(access: nil)
        }
        await startAccess(of: site)
    }

    private func startAccess(of site: SiteDocument) async {
        var service = access ?? AccessService()
        let effects = accessEffects(of: site)
        let register = await openRegister()
        var secret: [UInt8]?
        do throws(StateFileError) {
            secret = try CodeSecret.load(stateFolder: options.stateFolder, edges.secrets)
        } catch {
            logger.error("Lockers cannot be opened by codes", metadata: ["error": "\(error)"])
        }
        var parts: [Part] = []
        // Lockers whose parcels are not known must not be given away: the next reload tries again.
        for bank in site.lockers {
            guard let register, let secret else { continue }
            if let running = service.banks[bank.name] {
                if await running.configuration != bank { await running.use(bank, effects: effects) }
            } else {
                parts.append(
                    service.add(
                        await LockerBank(
                            bank, site: site.site.id, boot: boot, secret: secret,
                            effects: effects, register: register, time: time,
                            random: edges.secrets)))
            }
            guard let reader = bank.reader, service.readers[bank.name] == nil,
                let running = service.banks[bank.name]
            else { continue }
            let reporter = reporter
            parts.append(
                service.add(
                    CodeReader(reader, of: running, edges) { reporter.yield($0) },
                    of: bank.name))
        }
        // Doors let people out all the same, and are written down as soon as that can be done.
        let doors = site.doors.filter { service.doors[$0.name] == nil }
        for door in doors {
            parts.append(
                service.add(
                    Door(
                        door, effects: effects, register: register ?? memoryRegister(), time: time))
            )
        }
        access = service
        field.use(access: service)
        for part in parts { start(part) }
        field.tellForgotten(doors.map { .door($0.name) })
    }

    private func accessEffects(of site: SiteDocument) -> AccessEffects {
        let sealer = sealer
        return AccessEffects(
            lines: outputs(of: site),
            record: { event, lane in await sealer.store(event, in: lane) })
    }

    /// Why a site cannot be taken over: it has no place for parcels that lie in compartments.
    func parcelFaults(in next: SiteDocument) async -> [String] {
        var faults: [String] = []
        for (name, running) in (access?.banks ?? [:]).sorted(by: { $0.key < $1.key }) {
            let bank = next.lockers.first { $0.name == name }
            let places = Set((bank?.compartments ?? []).map(\.name))
            let lost = await running.occupied.filter { !places.contains($0) }
            for compartment in lost {
                faults.append(
                    "lockers.\(name).compartments: \(compartment) is missing and holds a parcel; "
                        + "give it out, or `linli lockers take-back \(name)/\(compartment)`, or "
                        + "`linli lockers clear \(name)/\(compartment)` where it is empty; then reload"
                )
            }
        }
        return faults
    }

    /// A register that forgets all with the end of the gateway, and says that nothing is saved.
    private func memoryRegister() -> AccessRegister {
        let sealer = sealer
        return AccessRegister(
            journal: .none, contents: AccessContents(key: AuditKey([])), time: time,
            record: { event, lane in await sealer.store(event, in: lane) })
    }

    /// The register of all lockers and doors, opened when it is first needed.
    func openRegister() async -> AccessRegister? {
        if let accessRegister { return accessRegister }
        do {
            let executor = edges.threads.serial("access")
            let store = try AccessStore(folder: options.stateFolder, executor: executor)
            if let file = store.setAside {
                logger.error(
                    "The journal of the lockers could not be read and was set aside",
                    metadata: ["file": "\(file)"])
                let event = Event(
                    "access.setAside", of: file, at: time.wall().timestamp, severity: .alarm)
                await sealer.store(event, in: .alarm)
            }
            let files = AuditFiles(
                stateFolder: options.stateFolder, beside: options.socketPath, executor: executor,
                secrets: edges.secrets, logger: logger)
            let journal = AccessJournal(store, files, logger: logger)
            let sealer = sealer
            let register = AccessRegister(
                journal: journal, contents: try await journal.load(), time: time,
                record: { event, lane in await sealer.store(event, in: lane) })
            start(Part("register") { await register.run() })
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
        do throws(LineFault) {
            try await door.release(by: request.by)
        } catch {
            throw Problem(
                .lineFault, "the strike of \(request.door) does not follow: \(error.words)",
                hint:
                    "it is tried again for as long as a release lasts; until it follows, open the "
                    + "door with its key, and see `linli lines --faulty`")
        }
        return DoorReport(await door.status, now: time.now())
    }

    func work(_ request: LockerRequest) async throws(Problem) -> LockerAnswer {
        if request.act == .clear, let answer = await clearStray(request) { return answer }
        try known(request.bank, what: "bank of lockers", among: site.lockers.map(\.name))
        guard let bank = access?.banks[request.bank] else {
            throw Problem(
                .notReady, "the lockers are not running", hint: "`linli status` says why")
        }
        do throws(LockerRefusal) {
            return try await work(request, in: bank)
        } catch {
            let bank = site.lockers.first { $0.name == request.bank }
            throw Problem(
                error, of: request, among: bank?.compartments.map(\.name) ?? [])
        }
    }

    /// Forgets a parcel whose compartment the document does not have any more.
    ///
    /// - Returns: `nil` where there is no such parcel.
    private func clearStray(_ request: LockerRequest) async -> LockerAnswer? {
        let place = "\(request.bank)/\(request.compartment ?? "")"
        guard await strayParcels().contains(place) else { return nil }
        await accessRegister?.commit(
            [.remove("parcel/\(place)")], AccessRegister.Deed(request.by, "cleared", place))
        await sealer.store(
            Event(
                "parcel.cleared", of: place, at: time.wall().timestamp,
                details: ["by": request.by]), in: .event)
        return LockerAnswer(bank: request.bank, compartment: request.compartment ?? "")
    }

    private func work(
        _ request: LockerRequest, in bank: LockerBank
    ) async throws(LockerRefusal) -> LockerAnswer {
        let compartment = request.compartment ?? ""
        var answer = LockerAnswer(
            bank: request.bank, compartment: compartment, timeZone: site.site.timeZone)
        switch request.act {
        case .release:
            try await bank.release(compartment, by: request.by)
            answer.holdsParcel = await bank.occupied.contains(compartment)
        case .takeBack: try await bank.takeBack(compartment, by: request.by)
        case .clear: try await bank.clear(compartment, by: request.by)
        case .deposit:
            guard let size = request.size.flatMap(ParcelSize.init) else { throw .noSize }
            let deposit = try await bank.deposit(size, by: request.by)
            answer.compartment = deposit.compartment
            answer.code = deposit.code
            answer.validUntil = deposit.validUntil?.milliseconds
            answer.validSeconds = deposit.valid.inSeconds
        case .pickup: answer.compartment = try await bank.pickup(request.code ?? "")
        }
        return answer
    }

    func auditReport(_ limit: Int) async throws(Problem) -> AuditReport {
        guard let accessRegister else { return AuditReport(count: 0, head: "", records: []) }
        do {
            var report = AuditReport(try await accessRegister.audit(last: limit))
            report.timeZone = site.site.timeZone
            return report
        } catch {
            throw Problem(
                .cacheUnavailable, "the audit trail cannot be read: \(error)",
                hint: "look at the disk: `df -h \(options.stateFolder)`, `dmesg`")
        }
    }
}
