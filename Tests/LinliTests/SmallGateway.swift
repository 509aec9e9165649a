import Execution
import MaintenanceAPI
import Metering
import Modbus

/// A gateway with two meters and real state behind the seam: registers that can be written,
/// readings that are recorded, watchers that come and go, a document that is reloaded.
actor SmallGateway {
    private var registers: [UInt16: UInt16] = [0: 2_219, 1: 500]
    private var recorded: [PointReading] = []
    private var watchers: [Int: AsyncStream<PointReading>.Continuation] = [:]
    private var watcherCount = 0
    private var siteVersion = 7
    private var nextFaults: [String] = []
    /// One element for each watcher that came (`true`) or left (`false`).
    nonisolated let attendance: AsyncStream<Bool>
    private nonisolated let attend: AsyncStream<Bool>.Continuation

    static let now: Int64 = 1_795_461_442_000  // 2026-11-23T19:17:22Z
    static let points = [
        "b1-u101-elec/energy.active.import.total", "b1-u101-elec/voltage.l1",
        "b1-u102-heat/temperature.supply",
    ]

    init() {
        (attendance, attend) = AsyncStream.makeStream()
    }

    /// Records a reading, as polling does.
    func record(_ point: String, _ value: String?, unit: String? = "V", at time: Int64 = now) {
        let reading = PointReading(
            point: point, time: time, value: value, unit: unit,
            quality: value == nil ? "missing: timeout" : "good", isGood: value != nil)
        recorded.append(reading)
        for watcher in watchers.values { watcher.yield(reading) }
    }

    /// What needs a person.
    private(set) var statusFaults = [
        StatusFault(
            .fault, "devices.b1-u102-heat", "b1-u102-heat on 机房 is silent",
            advice: "`linli devices --silent` says why", since: SmallGateway.now - 7_200_000)
    ]

    func useFaults(_ faults: [StatusFault]) { statusFaults = faults }

    /// Makes the next reload find these faults.
    func spoilDocument(_ faults: [String]) {
        nextFaults = faults
    }

    nonisolated var source: MaintenanceSource {
        MaintenanceSource(
            status: { await self.status() }, buses: { await self.buses() },
            devices: { await self.devices() }, points: { Self.points },
            readings: { await self.readings() },
            read: { point throws(Problem) in try await self.read(point) },
            watch: { targets in await self.watch(targets) },
            history: { point, times in await self.history(of: point, in: times) },
            cache: { await self.cache() }, deliveries: { await self.deliveries() },
            exchange: { exchange throws(Problem) in try await self.perform(exchange) },
            reload: { await self.reload() }, mechanisms: .none)
    }

    private func read(_ point: PointIdentifier) throws(Problem) -> PointReading {
        guard point.device.description == "b1-u101-elec" else {
            throw Problem(.noAnswer, "\(point.device) did not answer within 500 ms")
        }
        let value = registers[0].map { "\(ScaledInteger(Int64($0), exponent: -1))" }
        return PointReading(
            point: "\(point)", time: Self.now, value: value, unit: "V", quality: "good",
            isGood: true)
    }

    private func perform(_ exchange: ModbusExchange) throws(Problem) -> ModbusAnswer {
        guard exchange.bus == "riser-1" else {
            throw Problem(.unknownBus, "there is no bus \"\(exchange.bus)\"", hint: "use riser-1")
        }
        let response: ModbusResponse
        switch exchange.request {
        case .read(let range):
            let words = (0..<range.count).compactMap { registers[range.address + $0] }
            guard words.count == range.count else {
                throw Problem(.exception(.illegalDataAddress), in: exchange)
            }
            response = .registers(words)
        case .writeRegister(let address, let word):
            registers[address] = word
            response = .written
        default: throw Problem(.exception(.illegalFunction), in: exchange)
        }
        let arrival = Moment(
            monotonic: MonotonicTime(nanoseconds: 0),
            wall: WallTime(Timestamp(milliseconds: Self.now), isSynchronized: true))
        return ModbusAnswer(
            ModbusReply(response, arrival: arrival, busTime: .milliseconds(31)), to: exchange)
    }

    private func watch(_ targets: [WatchTarget]) -> AsyncStream<PointReading> {
        let number = watcherCount
        watcherCount += 1
        let (all, watcher) = AsyncStream.makeStream(
            of: PointReading.self, bufferingPolicy: .bufferingNewest(64))
        watchers[number] = watcher
        watcher.onTermination = { [attend] _ in attend.yield(false) }
        attend.yield(true)
        return targets.isEmpty ? all : Self.only(targets, of: all)
    }

    private nonisolated static func only(
        _ targets: [WatchTarget], of all: AsyncStream<PointReading>
    ) -> AsyncStream<PointReading> {
        AsyncStream {
            for await reading in all {
                guard let point = PointIdentifier(reading.point) else { continue }
                if targets.contains(where: { $0.contains(point) }) { return reading }
            }
            return nil
        }
    }

    private func reload() -> ReloadReport {
        guard nextFaults.isEmpty else {
            return ReloadReport(isApplied: false, site: "site.yaml", faults: nextFaults)
        }
        siteVersion += 1
        return ReloadReport(
            isApplied: true, site: "site.yaml", siteVersion: siteVersion,
            buses: ["riser-1: restarted (baudRate)"], devices: ["b1-u102-heat: every 15m"])
    }

    private func readings() -> [PointReading] {
        Dictionary(recorded.map { ($0.point, $0) }) { $1 }.values.sorted { $0.point < $1.point }
    }
}

// What does not change.
extension SmallGateway {
    fileprivate func status() -> StatusReport {
        StatusReport(
            site: "jn-lixia-0042", siteName: "历下花园", timeZone: "Asia/Shanghai",
            siteVersion: siteVersion, version: "0.1.0", uptimeSeconds: 93_784, time: Self.now,
            isClockSynchronized: true, stateFolder: "/var/lib/linli", residentBytes: 33_554_432,
            cpuSeconds: 412.34,
            buses: [
                BusSummary(
                    name: "riser-1", isConnected: true, devicesAnswering: 1, devicesTotal: 1,
                    load: 0.42),
                BusSummary(
                    name: "机房", isConnected: false, devicesAnswering: 0, devicesTotal: 1,
                    fault: "192.168.10.20:502: connection refused"),
            ],
            devicesAnswering: 1, devicesSilent: 1, devicesTotal: 2,
            readingsRecorded: Int64(recorded.count) + 1_234_567,
            openBatch: OpenBatch(readings: 318, since: Self.now - 6_000),
            cache: CacheSummary(
                usedBytes: 734_003_200, maximumBytes: 2_147_483_648, batches: 12_345,
                readings: 29_628_000),
            destinations: [
                DestinationSummary(name: "city", isConnected: true, batchesBehind: 0),
                DestinationSummary(
                    name: "heat-company", isConnected: false, batchesBehind: 1_204,
                    waitingSince: Self.now - 12_040_000, fault: "the broker refuses the password"),
            ],
            faults: statusFaults)
    }

    fileprivate func buses() -> [BusReport] {
        [
            BusReport(
                name: "riser-1", link: "/dev/ttyS1 9600 8E1", isConnected: true, devices: 1,
                load: 0.42, busySeconds: 39_000,
                counters: BusCounts(
                    requests: 81_000, answers: 80_990, timeouts: 7, badFrames: ["checksum": 3])),
            BusReport(
                name: "机房", link: "tcp 192.168.10.20:502", isConnected: false,
                downSince: Self.now - 90_000, lastFault: "connection refused", devices: 1,
                busySeconds: 0, counters: BusCounts()),
        ]
    }

    fileprivate func devices() -> [DeviceReport] {
        [
            DeviceReport(
                id: "b1-u101-elec", profile: "eastron-sdm120", kind: "electricity-meter",
                bus: "riser-1", unit: 11, place: ["building": "1", "room": "101"], every: "1m",
                state: .answering, lastAnswer: Self.now - 4_000,
                counters: DeviceCounts(
                    requests: 81_000, answers: 80_990, timeouts: 7, badFrames: 3),
                reads: ["input 0+30", "input 70+10"]),
            DeviceReport(
                id: "b1-u102-heat", profile: "kamstrup-mc603", kind: "heat-meter", bus: "机房",
                unit: 12, every: "15m", state: .silent, silentSince: Self.now - 7_200_000,
                lastAnswer: Self.now - 8_100_000, lastFault: "no answer within 500 ms",
                advice: "check the unit's address, its wires and power",
                counters: DeviceCounts(requests: 40, timeouts: 40), reads: ["holding 0+12"]),
        ]
    }

    fileprivate func cache() -> CacheReport {
        CacheReport(
            file: "/var/lib/linli/outbox.db", epoch: "9f3c1a2b77e0d4c5", usedBytes: 734_003_200,
            maximumBytes: 2_147_483_648, maximumAgeSeconds: 7_776_000,
            openBatch: OpenBatch(readings: 318),
            lanes: [
                LaneReport(lane: "alarm", batches: 0, readings: 0, bytes: 0),
                LaneReport(
                    lane: "reading", batches: 12_345, readings: 29_628_000, bytes: 41_500_000,
                    firstSequence: 1, lastSequence: 12_345, oldest: Self.now - 740_700_000,
                    newest: Self.now - 6_000),
            ],
            writtenBytes: 105_775_000, writtenReadings: 29_628_000, commits: 12_345)
    }

    fileprivate func deliveries() -> [DeliveryReport] {
        [
            DeliveryReport(
                destination: "heat-company", address: "mqtts://heat.example:8883",
                format: "linli-json", isConnected: false, since: Self.now - 12_040_000,
                lastFault: "the broker refuses the password", nextAttempt: Self.now + 42_000,
                inFlight: 0, messages: 981, readings: 98_100, bytes: 402_210, resent: 2,
                lanes: [
                    DeliveryLane(
                        lane: "reading", cursor: 11_141, behind: 1_204,
                        waitingSince: Self.now - 12_040_000)
                ])
        ]
    }

    /// Voltage over a day like a hill, one reading a minute, with an hour of silence in it.
    fileprivate func history(
        of point: PointIdentifier, in times: ClosedRange<Timestamp>
    ) -> HistoryReport {
        let start = (times.lowerBound.milliseconds + 59_999) / 60_000 * 60_000
        let samples = stride(from: start, through: times.upperBound.milliseconds, by: 60_000)
            .map { time in
                let minute = time / 60_000 % 1_440
                let isMissing = (600..<660).contains(minute)
                let hill = Int64(720) - abs(minute - 720)
                return HistorySample(
                    time: time,
                    value: isMissing ? nil : "\(ScaledInteger(2_190 + hill / 9, exponent: -1))",
                    quality: isMissing ? "missing: timeout" : "good")
            }
        return HistoryReport(
            point: "\(point)", unit: "V", timeZone: "Asia/Shanghai",
            from: times.lowerBound.milliseconds, to: times.upperBound.milliseconds,
            samples: samples)
    }
}
