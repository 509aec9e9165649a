import DeviceProfiles
import Execution
import GPIO
import LinuxGPIO
import Logging
import MaintenanceAPI
import Metering
import Modbus
import SiteConfiguration
import Telemetry

/// The lines of a site, and what switches and senses them.
extension Gateway {
    /// Takes the lines of a site over, before those who use them.
    func applyLines(of site: SiteDocument, after old: SiteDocument) async {
        restRetired(of: old, without: site)
        desk.use(site.lines)
        field.use(site.lines) { catalog.index(of: $0) }
        await applyChips(of: site)
        desk.use(
            drivers: site.lines.filter(\.isOutput).compactMap { driver(of: $0.reference, in: site) }
        )
    }

    /// A relay that nobody works any more is made inactive; a line of a chip is when it is given up.
    ///
    /// Not where the line shut a valve or lit a lamp: those stay as they are.
    private func restRetired(of old: SiteDocument, without site: SiteDocument) {
        let used = Set(site.lines.filter(\.isOutput).compactMap(\.reference.source.point))
        for line in old.lines where line.isOutput && line.restsInactive {
            guard let point = line.reference.source.point, !used.contains(point),
                let driver = driver(of: line.reference, in: site)
            else { continue }
            let logger = logger
            start(
                Part("retired line \(driver.name)") {
                    do throws(LineFault) {
                        try await driver.set(false)
                    } catch {
                        logger.warning(
                            "Retired line not made inactive",
                            metadata: ["line": "\(driver.name)", "fault": "\(error)"])
                    }
                })
        }
    }

    /// A relay board at another address has not heard what it is to do.
    func tellMovedBoards(of site: SiteDocument, after old: SiteDocument) {
        for line in site.lines where line.isOutput {
            guard let point = line.reference.source.point,
                site.address(of: point.device) != old.address(of: point.device)
            else { continue }
            field.tell(.restored(line.reference.name))
        }
    }

    /// Claims what is new and gives up what is not used any more; all other lines stay as they are.
    private func applyChips(of site: SiteDocument) async {
        let wanted = site.chipClaims
        for (name, running) in chips where wanted[name] == nil {
            await running.chip.close()
            chips[name] = nil
        }
        for (name, claims) in wanted {
            if var running = chips[name] {
                await running.use(claims)
                chips[name] = running
            } else {
                let field = field
                chips[name] = ChipService(name, claims: claims, edges) { field.tell($0) }
            }
        }
    }

    /// Drives every output to its initial state and gives all lines up.
    func closeChips() async {
        for running in chips.values { await running.chip.close() }
        chips = [:]
    }

    /// All outputs of the site by name, whatever switches them.
    func outputs(of site: SiteDocument) -> [LineName: OutputLine] {
        let names = site.lines.filter(\.isOutput).map(\.reference.name)
        return Dictionary(names.map { ($0, desk.output($0)) }) { $1 }
    }

    private func driver(of reference: LineReference, in site: SiteDocument) -> OutputLine? {
        switch reference.source {
        case .gpio(let settings): chips[settings.chip]?.chip.output(reference.name)
        case .point(let identifier, let point):
            site.device(identifier).map { OutputLine(reference, point, of: $0, busClients) }
        }
    }

    // MARK: - Reports

    func lineReports() -> [LineReport] {
        let now = time.now()
        return desk.all.map { entry in
            LineReport(
                name: entry.reference.name.description, place: entry.reference.place,
                use: entry.use, commanded: entry.commanded, sensed: entry.sensed.isActive,
                fault: desk.fault(of: entry),
                since: entry.since.map { moment(of: $0, at: now).milliseconds })
        }
    }
}

extension LineDesk.Entry {
    /// What is wrong with the line; `nil` where nothing is, or nothing was tried yet.
    var faultWords: String? {
        guard case .unknown(let fault) = sensed else { return nil }
        return isOutput && fault == .notRead ? nil : fault.words
    }
}

extension SiteDocument {
    /// Where a device is reached: two with the same address are one.
    fileprivate func address(of id: DeviceIdentifier) -> DeviceAddress? {
        device(id).flatMap { device in
            bus(named: device.bus).map { DeviceAddress(link: $0.link, unit: device.unit) }
        }
    }
}

private struct DeviceAddress: Hashable {
    let link: SiteConfiguration.BusLink
    let unit: UnitIdentifier
}

extension LineReference {
    /// Where the line is, for people.
    fileprivate var place: String {
        switch source {
        case .gpio(let settings):
            "\(settings.chip) \(settings.offset)" + (settings.isActiveLow ? ", active-low" : "")
        case .point(let device, let point):
            "\(device)/\(point.name)" + (isActiveLow ? ", active-low" : "")
        }
    }
}

extension SiteLine {
    /// Whether it is inactive while nothing is wanted of it.
    fileprivate var restsInactive: Bool {
        ["alarms.", "lockers.", "doors."].contains { use.hasPrefix($0) }
    }
}
