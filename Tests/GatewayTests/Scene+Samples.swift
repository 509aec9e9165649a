import MaintenanceAPI
import Testing

/// Sites of `deploy/samples`, run as they are but for what a test cannot have.
extension Scene {
    private static let repository =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    static let samples = repository + "/deploy/samples"
    static let boards = repository + "/board"
    static let pages = repository + "/Sources/Gateway/Gateway.docc"

    /// The names of all samples, for example `gas-leak`.
    static var sampleNames: [String] {
        get throws {
            try File.names(in: samples).filter { $0.hasSuffix(".yaml") }
                .map { String($0.dropLast(5)) }
        }
    }

    /// Makes a sample the site of this scene, on the simulated board.
    ///
    /// Its text is taken over as it is, but for three things: addresses of devices become ports of
    /// the loopback; so do brokers, where nobody listens; and whatever is done every so often, or
    /// must last for so long, takes a second. The board is `board/simulated.yaml`, whose serial
    /// ports are terminals in the folder of the scene.
    func write(sample name: String) throws {
        let text = try Self.readable(File.text(of: "\(Self.samples)/\(name).yaml"))
            .replacing(/"192\.168\.[0-9.]+:[0-9]+"/) { _ in "\"127.0.0.1:\(try Self.freePort())\"" }
            .replacing(/mqtts:\/\/[a-z.]+:8883/) { _ in "mqtts://127.0.0.1:\(try Self.freePort())" }
            .replacing(/\b(every|for|after|settle|hold|minimumOn): [0-9]+(s|m|h)\b/) {
                "\($0.output.1): 1s"
            }
        try File.write(text, to: siteFile)
        let board = try Self.readable(File.text(of: "\(Self.boards)/simulated.yaml"))
        try File.write(board.replacing("/tmp/linli-sim/", with: folder + "/"), to: boardFile)
    }

    private static func readable(_ text: String) throws -> String {
        try #require(!text.isEmpty)
        return text
    }

    /// Runs a sample: its devices, which first are set to what a quiet day has, then the gateway.
    ///
    /// - Parameter points: What points hold, by their names.
    func start(sample name: String, quiet points: KeyValuePairs<String, String>) async throws {
        try write(sample: name)
        _ = try await startDevices()
        for (point, value) in points { try await set(point, value) }
        _ = try await startDaemon()
    }

    /// Makes a point of a simulated device hold a number.
    func set(_ point: String, _ value: String) async throws {
        try await simulate("set", point, value)
    }

    // MARK: - What has become of it

    func alarm(_ name: String) async throws -> AlarmReport {
        let report: AlarmsReport = try await ask("alarms")
        return try #require(report.alarms.first { $0.name == name })
    }

    /// Waits until an alarm is as it should be.
    func awaitAlarm(_ name: String, _ state: String) async throws {
        var last: AlarmReport?
        do {
            try await eventually("\(name) is \(state)") {
                last = try await alarm(name)
                return last?.state == state
            }
        } catch {
            Issue.record(
                "\(name) is \(last?.state ?? "unknown"), not \(state): \(last?.faults ?? [])")
            throw error
        }
    }

    /// Waits until an output is told to be active, or inactive.
    func awaitLine(_ name: String, _ isActive: Bool) async throws {
        try await eventually("\(name) is \(isActive ? "active" : "inactive")") {
            try await line(name).commanded == isActive
        }
    }

    func line(_ name: String) async throws -> LineReport {
        let lines: [LineReport] = try await ask("lines")
        return try #require(lines.first { $0.name == name })
    }

    func valve(_ name: String) async throws -> ValveReport {
        let report: AlarmsReport = try await ask("alarms")
        return try #require(report.valves.first { $0.name == name })
    }

    func door(_ name: String) async throws -> DoorReport {
        let doors: [DoorReport] = try await ask("doors")
        return try #require(doors.first { $0.name == name })
    }

    func circuit(_ name: String) async throws -> CircuitReport {
        let circuits: [CircuitReport] = try await ask("lights")
        return try #require(circuits.first { $0.name == name })
    }

    /// How many events of a lane are in the cache.
    func events(in lane: String) async throws -> Int64 {
        let report: CacheReport = try await ask("cache")
        return try #require(report.lanes.first { $0.lane == lane }).readings
    }

    /// Waits until the gateway has read a device several times more, and so knows what it says
    /// now, and that this lasts.
    func awaitReadings(of device: String) async throws {
        let answers = try await self.device(device).counters.answers
        try await eventually("\(device) is read on") {
            try await self.device(device).counters.answers >= answers + 6
        }
    }

    /// Asks a device for a point now.
    func read(_ point: String) async throws -> PointReading {
        try await ask("read", point)
    }
}
