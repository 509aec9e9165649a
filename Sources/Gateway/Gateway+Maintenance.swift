import Delivery
import DevicePolling
import DeviceProfiles
import Execution
import LinuxSystem
import MaintenanceAPI
import Metering
import Modbus
import ModbusTransport
import Persistence
import SiteConfiguration
import Telemetry

extension Gateway {
    /// What `linli` and the page are answered.
    nonisolated var maintenanceSource: MaintenanceSource {
        MaintenanceSource(
            status: { () async throws(Problem) in try await self.statusReport() },
            buses: { () async throws(Problem) in await self.busReports() },
            devices: { () async throws(Problem) in await self.deviceReports() },
            points: { () async throws(Problem) in await self.pointNames() },
            readings: { () async throws(Problem) in await self.latestReadings() },
            read: { (point) async throws(Problem) in try await self.readNow(point) },
            watch: { (targets) async throws(Problem) in await self.watch(targets) },
            history: { (point, times) async throws(Problem) in
                try await self.historyReport(of: point, in: times)
            },
            cache: { () async throws(Problem) in try await self.cacheReport() },
            deliveries: { () async throws(Problem) in try await self.deliveryReports() },
            exchange: { (exchange) async throws(Problem) in try await self.carryOut(exchange) },
            reload: { () async throws(Problem) in await self.reloadReport() },
            mechanisms: mechanismSource)
    }

    // MARK: - Status

    private func statusReport() async throws(Problem) -> StatusReport {
        let now = time.now()
        let figures = ProcessFigures.current()
        let statistics = try await outboxStatistics()
        let devices = deviceReports()
        let buses = busReports()
        return StatusReport(
            site: site.site.id, siteName: site.site.name, timeZone: site.site.timeZone,
            siteVersion: site.version, version: LinliVersion.text,
            uptimeSeconds: startedAt.duration(to: now.monotonic).inSeconds,
            time: now.wall.timestamp.milliseconds,
            isClockSynchronized: now.wall.isSynchronized, stateFolder: options.stateFolder,
            residentBytes: figures.residentBytes, cpuSeconds: figures.processorTime.inSeconds,
            buses: buses.map { bus in
                let own = devices.filter { $0.bus == bus.name }
                return BusSummary(
                    name: bus.name, isConnected: bus.isConnected,
                    devicesAnswering: own.count { $0.state == .answering },
                    devicesTotal: own.count, load: bus.load, fault: bus.lastFault)
            },
            devicesAnswering: devices.count { $0.state == .answering },
            devicesSilent: devices.count { $0.state == .silent }, devicesTotal: devices.count,
            readingsRecorded: Int64(recorder.recordedCount),
            openBatch: OpenBatch(readings: recorder.openCount),
            cache: await cacheSummary(statistics),
            destinations: destinationSummaries(statistics),
            faults: await statusFaults(buses, devices, statistics, at: now))
    }

    private func outboxStatistics() async throws(Problem) -> OutboxStatistics {
        do {
            return try await cache.outbox.statistics()
        } catch {
            throw Problem(
                .cacheUnavailable, "the cache cannot be read: \(error)",
                hint: "look at the disk: `df -h \(options.stateFolder)`, `dmesg`")
        }
    }

    private func cacheSummary(_ statistics: OutboxStatistics) async -> CacheSummary {
        CacheSummary(
            usedBytes: statistics.file.pages * Int64(statistics.file.pageSize),
            maximumBytes: statistics.file.maximumBytes,
            batches: statistics.lanes.reduce(0) { $0 + $1.batches },
            readings: statistics.lanes.reduce(0) { $0 + $1.readings },
            fault: await cache.fault.map { "\($0)" })
    }

    private func destinationSummaries(
        _ statistics: OutboxStatistics
    ) -> [DestinationSummary] {
        deliveries.values.sorted { $0.name < $1.name }.map { service in
            let report = service.delivery.report
            let lags = statistics.destinations.filter { $0.destination == service.name }
            return DestinationSummary(
                name: service.name, isConnected: report.connectedSince != nil,
                batchesBehind: lags.reduce(0) { $0 + $1.behind },
                waitingSince: lags.compactMap(\.waitingSince).min()?.milliseconds,
                fault: report.connectedSince == nil ? report.lastFault?.words : nil)
        }
    }

    // MARK: - Buses and devices

    private func busReports() -> [BusReport] {
        let now = time.now()
        return site.buses.compactMap { configuration in
            guard let service = buses[configuration.name] else { return nil }
            let statistics = service.bus.statistics
            let age = service.startedAt.duration(to: now.monotonic).inSeconds
            let words = BusWords(
                bus: configuration, devices: service.configuration.devices, statistics: statistics)
            return BusReport(
                name: configuration.name, link: service.bus.link.description,
                isConnected: statistics.connections > 0 && statistics.downSince == nil,
                downSince: statistics.downSince.map { moment(of: $0, at: now).milliseconds },
                lastFault: statistics.downSince == nil
                    ? nil : statistics.lastError.map(words.disconnection),
                notes: words.notes.isEmpty ? nil : words.notes,
                devices: service.configuration.devices.count,
                load: age > 1 ? statistics.busyTime.inSeconds / age : nil,
                busySeconds: statistics.busyTime.inSeconds, counters: BusCounts(statistics),
                overrunShare: service.polling.report.compactMap(\.overrunShare).max())
        }
    }

    private func deviceReports() -> [MaintenanceAPI.DeviceReport] {
        let now = time.now()
        return site.devices.compactMap { device in
            guard let service = buses[device.bus] else { return nil }
            let polled = service.polling.report.first { $0.device == device.id }
            let isConnected = service.bus.statistics.downSince == nil
            return MaintenanceAPI.DeviceReport(
                id: device.id.description, profile: device.profile.id,
                kind: device.profile.kind.rawValue, bus: device.bus,
                unit: Int(device.unit.rawValue), place: device.place,
                every: device.every.shortText,
                state: isConnected ? DeviceState(polled?.health.state) : .disconnected,
                silentSince: polled?.health.silentSince.map {
                    moment(of: $0, at: now).milliseconds
                },
                lastAnswer: polled?.counters.lastAnswer?.milliseconds,
                lastFault: polled?.counters.lastFault.map {
                    BusWords(
                        bus: service.configuration.bus, devices: service.configuration.devices,
                        statistics: service.bus.statistics
                    )
                    .fault($0, of: device)
                },
                advice: DeviceState(polled?.health.state) == .answering
                    ? nil
                    : polled?.counters.lastFault?.advice(
                        on: service.configuration.bus.link),
                counters: DeviceCounts(
                    polled?.counters ?? PollCounters(),
                    lateAnswers: service.bus.statistics.lateAnswersOf[device.unit] ?? 0),
                reads: polled?.reads.map(\.description) ?? [])
        }
    }

    /// When a moment on the monotonic clock was, by the wall clock of now.
    func moment(of time: MonotonicTime, at now: Moment) -> Timestamp {
        now.wall.timestamp - time.duration(to: now.monotonic)
    }

    // MARK: - Points

    private func pointNames() -> [String] {
        site.devices.flatMap { device in
            device.profile.points.filter(\.access.isReadable).map { "\(device.id)/\($0.name)" }
        }
    }

    private func latestReadings() -> [PointReading] {
        site.devices.flatMap { device in
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
    private func readNow(_ identifier: PointIdentifier) async throws(Problem) -> PointReading {
        let (device, point) = try find(identifier)
        guard let service = buses[device.bus] else {
            throw Problem(.notReady, "\(device.bus) is being restarted", hint: "try again")
        }
        guard point.access.isReadable else {
            throw Problem(.unreadable, "\(identifier) can only be written")
        }
        var image = RegisterImage()
        var arrival = time.now()
        for range in point.ranges {
            let call = ModbusCall(
                .read(range), to: device.unit, priority: .onDemandRead, timing: device.timing)
            do {
                let reply = try await service.bus.client.perform(call)
                image.insert(reply.response, for: range, at: reply.arrival)
                arrival = reply.arrival
            } catch {
                throw Problem(
                    error, reading: identifier, of: device, over: service.configuration.bus.link)
            }
        }
        let time = arrival.wall.timestamp
        let index = catalog.index(of: identifier) ?? PointIndex(0)
        let reading =
            switch point.measure(image) {
            case .value(let value): Reading(index, at: time, value)
            case .uncertain(let doubt, let value):
                Reading(index, at: time, uncertain: doubt, value)
            case .missing(let reason): Reading(index, at: time, missing: reason)
            }
        return PointReading(reading, of: identifier, point)
    }

    private func find(
        _ identifier: PointIdentifier
    ) throws(Problem) -> (DeviceConfiguration, PointProfile) {
        guard let device = site.device(identifier.device) else {
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

    private func watch(_ targets: [WatchTarget]) -> AsyncStream<PointReading> {
        var profiles: [PointIndex: (PointIdentifier, PointProfile)] = [:]
        for device in site.devices {
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

    private func historyReport(
        of identifier: PointIdentifier, in times: ClosedRange<Timestamp>
    ) async throws(Problem) -> HistoryReport {
        let (_, point) = try find(identifier)
        let history: History
        do {
            // What is still open is sealed first, so that the newest readings are there.
            await sealer.seal()
            history = try await cache.outbox.history(of: identifier, in: times, limit: 50_000)
        } catch {
            throw Problem(.cacheUnavailable, "the cache cannot be read: \(error)")
        }
        return HistoryReport(
            point: identifier.description, unit: point.unit, timeZone: site.site.timeZone,
            from: times.lowerBound.milliseconds, to: times.upperBound.milliseconds,
            samples: history.samples.map {
                HistorySample(
                    time: $0.time.milliseconds, value: $0.value?.description,
                    quality: $0.quality.words)
            },
            isTruncated: history.isTruncated, unreadableBatches: history.unreadableBatches)
    }

    // MARK: - Cache and deliveries

    private func cacheReport() async throws(Problem) -> CacheReport {
        let statistics = try await outboxStatistics()
        var faults: [String] = []
        if let fault = await cache.fault { faults.append("\(fault)") }
        let waiting = await cache.waitingCount
        if waiting > 0 { faults.append("\(waiting) batches wait in memory") }
        return CacheReport(
            file: "\(options.stateFolder)/outbox.db", epoch: statistics.epoch,
            usedBytes: statistics.file.pages * Int64(statistics.file.pageSize),
            maximumBytes: statistics.file.maximumBytes,
            maximumAgeSeconds: site.cache.maximumAge.inSeconds,
            openBatch: OpenBatch(readings: recorder.openCount),
            lanes: statistics.lanes.map { lane in
                LaneReport(
                    lane: lane.lane.rawValue, batches: lane.batches, readings: lane.readings,
                    bytes: lane.bytes, firstSequence: lane.sequences?.lowerBound,
                    lastSequence: lane.sequences?.upperBound, oldest: lane.oldest?.milliseconds,
                    newest: lane.newest?.milliseconds)
            },
            writtenBytes: statistics.written.logBytes + statistics.written.checkpointBytes,
            writtenReadings: Int64(recorder.recordedCount), commits: statistics.written.commits,
            gaps: Int64(await cache.gapCount), faults: faults)
    }

    private func deliveryReports() async throws(Problem) -> [MaintenanceAPI.DeliveryReport] {
        let statistics = try await outboxStatistics()
        let now = time.now()
        return deliveries.values.sorted { $0.name < $1.name }.map { service in
            let report = service.delivery.report
            let destination = service.configuration.destination
            return MaintenanceAPI.DeliveryReport(
                destination: service.name, address: destination.transport.address,
                format: destination.format.rawValue, isConnected: report.connectedSince != nil,
                since: report.connectedSince.map { moment(of: $0, at: now).milliseconds },
                lastFault: report.lastFault?.words,
                nextAttempt: report.nextAttempt.map { moment(of: $0, at: now).milliseconds },
                inFlight: report.underWay,
                messages: Int64(report.messages), readings: Int64(report.readings),
                bytes: Int64(report.bytes), resent: Int64(report.resent),
                lanes: statistics.destinations.filter { $0.destination == service.name }.map {
                    DeliveryLane(
                        lane: $0.lane.rawValue, cursor: $0.cursor, behind: $0.behind,
                        waitingSince: $0.waitingSince?.milliseconds)
                })
        }
    }

    // MARK: - What is done

    private func carryOut(_ exchange: ModbusExchange) async throws(Problem) -> ModbusAnswer {
        guard let service = buses[exchange.bus] else {
            throw Problem(
                .unknownBus, "there is no bus \"\(exchange.bus)\"",
                hint: "the buses are " + buses.keys.sorted().joined(separator: ", "))
        }
        let timing =
            site.devices.first { $0.bus == exchange.bus && $0.unit == exchange.unit }?.timing
        let call = ModbusCall(
            exchange.request, to: exchange.unit, priority: .onDemandRead,
            timing: timing ?? ExchangeTiming())
        let touched = try await permit(exchange)
        do {
            let reply = try await service.bus.client.perform(call)
            await putRight(touched)
            return ModbusAnswer(reply, to: exchange)
        } catch {
            await putRight(touched)
            throw Problem(error, in: exchange)
        }
    }

    private func reloadReport() async -> ReloadReport {
        do {
            let changes = try await reload()
            return ReloadReport(
                isApplied: true, site: options.siteFile, siteVersion: site.version,
                buses: changes.buses, devices: changes.devices,
                destinations: changes.destinations, others: changes.others,
                warnings: changes.warnings)
        } catch {
            return ReloadReport(isApplied: false, site: options.siteFile, faults: error.faults)
        }
    }
}
