import MaintenanceAPI
import Execution
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Metering
import ServiceLifecycle

/// The routes of the maintenance interface: reads a request, asks the source, writes the answer.
struct MaintenanceRoutes: Sendable {
    let source: MaintenanceSource

    func add(to router: Router<MaintenanceContext>) {
        let group = router.group("v1")
        addStates(to: group)
        addPoints(to: group)
        addActions(to: group)
        MechanismRoutes(source: source.mechanisms).add(to: group)
    }

    private func addStates(to group: RouterGroup<MaintenanceContext>) {
        // The gateway on one page: StatusReport.
        group.get("status") { _, _ in try Response(json: try await source.status()) }
        // Every bus with its counters: [BusReport].
        group.get("buses") { _, _ in try Response(json: try await source.buses()) }
        // Every device with its state and counters: [DeviceReport].
        group.get("devices") { _, _ in try Response(json: try await source.devices()) }
        // What is in the cache, by lane: CacheReport.
        group.get("cache") { _, _ in try Response(json: try await source.cache()) }
        // How far each destination is: [DeliveryReport].
        group.get("deliveries") { _, _ in try Response(json: try await source.deliveries()) }
    }

    private func addPoints(to group: RouterGroup<MaintenanceContext>) {
        // The names of all points that can be read: [String].
        group.get("points") { _, _ in try Response(json: try await source.points()) }
        // The latest reading of every point: [PointReading].
        group.get("readings") { _, _ in try Response(json: try await source.readings()) }
        // {"point": "device/point"}: reads the point from its device now: PointReading.
        group.post("points/read") { request, _ in
            let wanted: PointRequest = try await request.decoded()
            return try Response(json: try await source.read(try await known(wanted.point)))
        }
        // ?point=device/point&from=&to= (milliseconds since 1970): HistoryReport.
        group.get("history") { request, _ in
            let point = try await known(try required("point", in: request))
            let (from, to) = (try time("from", in: request), try time("to", in: request))
            guard from <= to else {
                throw Problem(.badRequest, "\"from\" is later than \"to\"", hint: "swap them")
            }
            return try Response(json: try await source.history(point, from...to))
        }
        // ?point=…&point=… (points or devices; none: all): one PointReading a line, as they are
        // recorded, until the client leaves.
        group.get("watch") { request, _ in try await watch(request) }
    }

    private func addActions(to group: RouterGroup<MaintenanceContext>) {
        // ModbusReadRequest: reads registers or bits from a device, in its turn: ModbusAnswer.
        group.post("modbus/read") { request, _ in
            let wanted: ModbusReadRequest = try await request.decoded()
            return try Response(json: try await source.exchange(try wanted.exchange()))
        }
        // ModbusIdentifyRequest: how a device identifies itself, all pages of it: DeviceIdentity.
        group.post("modbus/identify") { request, _ in
            let wanted: ModbusIdentifyRequest = try await request.decoded()
            return try Response(json: try await wanted.identity(by: source.exchange))
        }
        // ModbusWriteRequest: writes registers or coils of a device, before any poll: ModbusAnswer.
        group.post("modbus/write") { request, context in
            var wanted: ModbusWriteRequest = try await request.decoded()
            wanted.by = await context.peer.name(claimed: wanted.by ?? "unnamed")
            return try Response(json: try await source.exchange(try wanted.exchange()))
        }
        // Reads the site document again, and takes it over where it is valid: ReloadReport.
        group.post("reload") { _, _ in try Response(json: try await source.reload()) }
    }

    private func watch(_ request: Request) async throws -> Response {
        let names = request.uri.queryParameters.getAll("point")
        let targets = try await targets(names)
        let readings = try await source.watch(targets)
        let body = ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                for await reading in readings.cancelOnGracefulShutdown() {
                    let line = try MaintenanceJSON.encode(reading)
                    try await writer.write(ByteBuffer(bytes: line + [UInt8(ascii: "\n")]))
                }
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }
}

// What a request says, made into valid values.
extension MaintenanceRoutes {
    private struct PointRequest: Decodable {
        var point: String
    }

    private func required(_ name: String, in request: Request) throws(Problem) -> String {
        guard let value = request.uri.queryParameters.get(name), !value.isEmpty else {
            throw Problem(.badRequest, "\"\(name)\" is missing from the query")
        }
        return value
    }

    private func time(_ name: String, in request: Request) throws(Problem) -> Timestamp {
        let text = try required(name, in: request)
        guard let milliseconds = Int64(text), Timestamp.plausible.contains(milliseconds) else {
            throw Problem(
                .badRequest, "\"\(name)\" is no time: \(text)",
                hint: "give milliseconds since 1970, UTC")
        }
        return Timestamp(milliseconds: milliseconds)
    }

    private func targets(_ names: [String]) async throws(Problem) -> [WatchTarget] {
        guard !names.isEmpty else { return [] }
        let points = try await source.points()
        let devices = Set(points.compactMap { PointIdentifier($0)?.device.description })
        let known = devices.union(points)
        return try names.map { name throws(Problem) in
            guard known.contains(name), let target = WatchTarget(name) else {
                let isPoint = name.contains("/")
                throw Problem.unknown(name, among: isPoint ? points : devices.sorted())
            }
            return target
        }
    }

    /// A point of the site, by its name.
    private func known(_ name: String) async throws(Problem) -> PointIdentifier {
        let points = try await source.points()
        guard points.contains(name), let point = PointIdentifier(name) else {
            throw Problem.unknown(name, among: points)
        }
        return point
    }
}

extension Problem {
    fileprivate static func unknown(_ name: String, among known: [String]) -> Problem {
        let nearest = nearestNames(to: name, among: known)
        let kind: Kind = name.contains("/") ? .unknownPoint : .unknownDevice
        return Problem(
            kind, "nothing is called \"\(name.prefix(160))\"",
            hint: nearest.isEmpty
                ? "`linli devices` lists the devices, `linli points` what each can be asked"
                : "did you mean \(nearest.joined(separator: ", "))?")
    }
}

extension Timestamp {
    /// The years 1 to 9999: what can be written as a date.
    fileprivate static let plausible: Range<Int64> = -62_135_596_800_000..<253_402_300_800_000
}
