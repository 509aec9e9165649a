import DeviceProfiles
package import Execution
package import GPIO
import LinuxGPIO
package import Logging
package import Metering
import Modbus
package import SiteConfiguration

/// The lines of a site: claims them at their chips, and knows what switches each.
package actor LineService {
    private let table: LineTable
    private let field: FieldEvents
    private let buses: BusClients
    private let openChip: ChipOpening
    private let logger: Logger
    private var chips: [String: ChipService] = [:]

    package init(
        _ table: LineTable, _ field: FieldEvents, buses: BusClients,
        openChip: @escaping ChipOpening, logger: Logger
    ) {
        self.table = table
        self.field = field
        self.buses = buses
        self.openChip = openChip
        self.logger = logger
    }

    /// Takes the lines of a site over, before those who use them.
    ///
    /// - Parameters:
    ///   - old: What ran before; the same site at the start.
    ///   - index: The place of a point in the catalog.
    /// - Returns: What is still to be done beside everything else: lines that nobody works any more
    ///   are made inactive.
    package func use(
        _ site: SiteDocument, after old: SiteDocument,
        index: @Sendable (PointIdentifier) -> PointIndex?
    ) async -> [Part] {
        let retired = restRetired(of: old, without: site)
        table.use(site.lines)
        field.use(site.lines, index: index)
        await useChips(of: site)
        table.use(
            drivers: site.lines.filter(\.isOutput).compactMap { driver(of: $0.reference, in: site) }
        )
        return retired
    }

    /// Drives every output to its initial state and gives all lines up.
    package func close() async {
        let closing = chips
        chips = [:]
        for running in closing.values { await running.chip.close() }
    }

    /// A relay board at another address has not heard what it is to do.
    package nonisolated func tellMovedBoards(of site: SiteDocument, after old: SiteDocument) {
        for line in site.lines where line.isOutput {
            guard let point = line.reference.source.point,
                site.address(of: point.device) != old.address(of: point.device)
            else { continue }
            field.tellRestored(line.reference.name)
        }
    }

    /// A relay that nobody works any more is made inactive; a line of a chip is when it is given up.
    ///
    /// Not where the line shut a valve or lit a lamp: those stay as they are.
    private func restRetired(of old: SiteDocument, without site: SiteDocument) -> [Part] {
        let used = Set(site.lines.filter(\.isOutput).compactMap(\.reference.source.point))
        return old.lines.filter { $0.isOutput && $0.restsInactive }.compactMap { line in
            guard let point = line.reference.source.point, !used.contains(point),
                let driver = driver(of: line.reference, in: site)
            else { return nil }
            return Part("retired line \(driver.name)") { [logger] in
                do throws(LineFault) {
                    try await driver.set(false)
                } catch {
                    logger.warning(
                        "Retired line not made inactive",
                        metadata: ["line": "\(driver.name)", "fault": "\(error)"])
                }
            }
        }
    }

    /// Claims what is new and gives up what is not used any more; all other lines stay as they are.
    private func useChips(of site: SiteDocument) async {
        let wanted = site.chipClaims
        for (name, running) in chips where wanted[name] == nil {
            chips[name] = nil
            await running.chip.close()
        }
        for (name, claims) in wanted {
            if var running = chips[name] {
                await running.use(claims)
                chips[name] = running
            } else {
                chips[name] = ChipService(name, claims: claims, open: openChip) { [field] in
                    field.tell($0)
                }
            }
        }
    }

    private func driver(of reference: LineReference, in site: SiteDocument) -> OutputLine? {
        switch reference.source {
        case .gpio(let settings): chips[settings.chip]?.chip.output(reference.name)
        case .point(let identifier, let point):
            site.device(identifier).map { OutputLine(reference, point, of: $0, buses) }
        }
    }
}

extension LineTable {
    /// All outputs of a site by name, whatever switches them.
    package func outputs(of site: SiteDocument) -> [LineName: OutputLine] {
        let names = site.lines.filter(\.isOutput).map(\.reference.name)
        return Dictionary(names.map { ($0, output($0)) }) { $1 }
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

extension SiteLine {
    /// Whether it is inactive while nothing is wanted of it.
    fileprivate var restsInactive: Bool {
        ["alarms.", "lockers.", "doors."].contains { use.hasPrefix($0) }
    }
}
