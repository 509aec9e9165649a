import DevicePolling
import DeviceProfiles
import Execution
import MaintenanceAPI
import Metering
import Modbus
import Recording
import SiteConfiguration
import Telemetry

/// Points and their readings.
extension Services {
    /// `device/point` of all that can be read.
    func pointNames() -> [String] {
        site.document.devices.flatMap { device in
            device.profile.points.filter(\.access.isReadable).map { "\(device.id)/\($0.name)" }
        }
    }

    func latestReadings() -> [PointReading] {
        let (document, catalog) = (site.document, site.catalog)
        return document.devices.flatMap { device in
            device.points.compactMap { point -> PointReading? in
                let identifier = PointIdentifier(device: device.id, point: point.name)
                guard let index = catalog.index(of: identifier),
                    let reading = recorder.latest(index).any
                else { return nil }
                return PointReading(reading, of: identifier, point)
            }
        }
    }

    /// Asks the device now, between the polls.
    func readNow(_ identifier: PointIdentifier) async throws(Problem) -> PointReading {
        let (device, point) = try find(identifier)
        guard let service = buses[device.bus] else {
            throw Problem(.notReady, "\(device.bus) is being restarted", hint: "try again")
        }
        guard point.access.isReadable else {
            throw Problem(.unreadable, "\(identifier) can only be written")
        }
        return try await service.read(
            point, of: device, as: site.index(of: identifier) ?? PointIndex(0), now: time.now())
    }

    func watch(_ targets: [WatchTarget]) -> AsyncStream<PointReading> {
        let (document, catalog) = (site.document, site.catalog)
        var profiles: [PointIndex: (PointIdentifier, PointProfile)] = [:]
        for device in document.devices {
            for point in device.points {
                let identifier = PointIdentifier(device: device.id, point: point.name)
                guard targets.isEmpty || targets.contains(where: { $0.contains(identifier) }),
                    let index = catalog.index(of: identifier)
                else { continue }
                profiles[index] = (identifier, point)
            }
        }
        let known = profiles
        return recorder.watch(Set(known.keys)) { reading in
            known[reading.point].map { PointReading(reading, of: $0.0, $0.1) }
        }
    }

    func history(
        of identifier: PointIdentifier, in times: ClosedRange<Timestamp>
    ) async throws(Problem) -> HistoryReport {
        let (_, point) = try find(identifier)
        return try await cache.history(
            of: identifier, unit: point.unit, in: times, timeZone: site.document.site.timeZone,
            sealer: sealer)
    }

    private func find(
        _ identifier: PointIdentifier
    ) throws(Problem) -> (DeviceConfiguration, PointProfile) {
        guard let device = site.document.device(identifier.device) else {
            throw Problem(
                .unknownPoint, "there is no device \"\(identifier.device)\"",
                hint: "`linli devices` lists them")
        }
        guard let point = device.profile.point(named: identifier.point) else {
            throw Problem(
                .unknownPoint,
                "\(identifier.device) (\(device.profile.id)) has no point \"\(identifier.point)\"",
                hint: "its points: "
                    + device.profile.points.map(\.name.description).joined(separator: ", "))
        }
        return (device, point)
    }
}
