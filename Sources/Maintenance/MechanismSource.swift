/// The seam between the maintenance interface and all that switches: lockers, doors, lights,
/// chargers, alarms, and their lines. The rules of ``MaintenanceSource`` hold here too.
package struct MechanismSource: Sendable {
    package var lines: @Sendable () async throws(Problem) -> [LineReport]
    package var lockers: @Sendable () async throws(Problem) -> [LockerReport]
    package var doors: @Sendable () async throws(Problem) -> [DoorReport]
    package var lights: @Sendable () async throws(Problem) -> [CircuitReport]
    package var chargers: @Sendable () async throws(Problem) -> ChargersReport
    package var alarms: @Sendable () async throws(Problem) -> AlarmsReport
    package var audit: @Sendable (_ limit: Int) async throws(Problem) -> AuditReport
    package var work: @Sendable (LockerRequest) async throws(Problem) -> LockerAnswer
    package var releaseDoor: @Sendable (DoorRequest) async throws(Problem) -> DoorReport
    package var light: @Sendable (LightRequest) async throws(Problem) -> CircuitReport
    package var switchCharger: @Sendable (ChargerRequest) async throws(Problem) -> ChargerReport
    package var acknowledge: @Sendable (AlarmRequest) async throws(Problem) -> AlarmsReport
    package var test: @Sendable (AlarmRequest) async throws(Problem) -> AlarmTestReport
    package var turnValve: @Sendable (ValveRequest) async throws(Problem) -> ValveReport

    package init(
        lines: @escaping @Sendable () async throws(Problem) -> [LineReport],
        lockers: @escaping @Sendable () async throws(Problem) -> [LockerReport],
        doors: @escaping @Sendable () async throws(Problem) -> [DoorReport],
        lights: @escaping @Sendable () async throws(Problem) -> [CircuitReport],
        chargers: @escaping @Sendable () async throws(Problem) -> ChargersReport,
        alarms: @escaping @Sendable () async throws(Problem) -> AlarmsReport,
        audit: @escaping @Sendable (_ limit: Int) async throws(Problem) -> AuditReport,
        work: @escaping @Sendable (LockerRequest) async throws(Problem) -> LockerAnswer,
        releaseDoor: @escaping @Sendable (DoorRequest) async throws(Problem) -> DoorReport,
        light: @escaping @Sendable (LightRequest) async throws(Problem) -> CircuitReport,
        switchCharger:
            @escaping @Sendable (ChargerRequest) async throws(Problem) -> ChargerReport,
        acknowledge: @escaping @Sendable (AlarmRequest) async throws(Problem) -> AlarmsReport,
        test: @escaping @Sendable (AlarmRequest) async throws(Problem) -> AlarmTestReport,
        turnValve: @escaping @Sendable (ValveRequest) async throws(Problem) -> ValveReport
    ) {
        self.lines = lines
        self.lockers = lockers
        self.doors = doors
        self.lights = lights
        self.chargers = chargers
        self.alarms = alarms
        self.audit = audit
        self.work = work
        self.releaseDoor = releaseDoor
        self.light = light
        self.switchCharger = switchCharger
        self.acknowledge = acknowledge
        self.test = test
        self.turnValve = turnValve
    }
}

extension MechanismSource {
    /// A site where nothing is switched.
    package static let none = MechanismSource(
        lines: { () throws(Problem) in [] }, lockers: { () throws(Problem) in [] },
        doors: { () throws(Problem) in [] }, lights: { () throws(Problem) in [] },
        chargers: { () throws(Problem) in ChargersReport(groups: [], chargers: []) },
        alarms: { () throws(Problem) in AlarmsReport(alarms: [], valves: []) },
        audit: { (_) throws(Problem) in AuditReport(count: 0, head: "", records: []) },
        work: { (request) throws(Problem) in
            throw .unknown(request.bank, what: "bank of lockers", among: [])
        },
        releaseDoor: { (request) throws(Problem) in
            throw .unknown(request.door, what: "door", among: [])
        },
        light: { (request) throws(Problem) in
            throw .unknown(request.circuit, what: "circuit", among: [])
        },
        switchCharger: { (request) throws(Problem) in
            throw .unknown(request.charger, what: "charger of a group", among: [])
        },
        acknowledge: { (request) throws(Problem) in
            throw .unknown(request.alarm, what: "alarm", among: [])
        },
        test: { (request) throws(Problem) in
            throw .unknown(request.alarm, what: "alarm", among: [])
        },
        turnValve: { (request) throws(Problem) in
            throw .unknown(request.valve, what: "valve", among: [])
        })
}

extension Problem {
    /// There is nothing of that name; says what is near it.
    package static func unknown(_ name: String, what: String, among known: [String]) -> Problem {
        let nearest = nearestNames(to: name, among: known)
        let hint =
            known.isEmpty
            ? "the site document has none"
            : nearest.isEmpty
                ? "there are: " + known.sorted().prefix(12).joined(separator: ", ")
                : "did you mean \(nearest.joined(separator: ", "))?"
        return Problem(
            .unknownName, "there is no \(what) \"\(name.prefix(160))\"", hint: hint)
    }
}

/// Asks for something that somebody answers for.
protocol AttributedRequest: Decodable, Sendable {
    /// Who asks, for the audit trail.
    var by: String { get set }
}

/// Asks for a compartment. Body of `POST /v1/lockers/work`.
package struct LockerRequest: AttributedRequest, Codable, Hashable, Sendable {
    package enum Act: String, Codable, Hashable, Sendable {
        /// Opens `compartment`, whatever is in it.
        case release
        /// Opens a free compartment of `size` for a parcel, and makes a pickup code.
        case deposit
        /// Opens the compartment that `code` stands for: a pickup code or a token of the city.
        case pickup
        /// Opens `compartment` for its courier or the house, who takes its parcel back.
        case takeBack
        /// Notes that `compartment` was seen to be empty; opens nothing.
        case clear
    }

    package var act: Act
    package var bank: String
    package var compartment: String?
    package var size: String?
    package var code: String?
    /// Who asks, for the audit trail.
    package var by: String

    package init(
        _ act: Act, bank: String, compartment: String? = nil, size: String? = nil,
        code: String? = nil, by: String
    ) {
        self.act = act
        self.bank = bank
        self.compartment = compartment
        self.size = size
        self.code = code
        self.by = by
    }
}

/// Asks for a door to be released. Body of `POST /v1/doors/release`.
package struct DoorRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var door: String
    /// Who asks.
    package var by: String

    package init(door: String, by: String) {
        self.door = door
        self.by = by
    }
}

/// Overrides a lighting circuit. Body of `POST /v1/lights/override`.
package struct LightRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var circuit: String
    /// 0 is off, 100 is on; `nil` gives the circuit back to its control program.
    package var level: Int?
    /// For how long, in seconds.
    package var seconds: Double?
    package var by: String

    package init(circuit: String, level: Int?, seconds: Double?, by: String) {
        self.circuit = circuit
        self.level = level
        self.seconds = seconds
        self.by = by
    }
}

/// Names an alarm. Body of `POST /v1/alarms/acknowledge` and `/v1/alarms/test`.
package struct AlarmRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var alarm: String
    package var by: String

    package init(alarm: String, by: String) {
        self.alarm = alarm
        self.by = by
    }
}

/// Turns a valve by hand. Body of `POST /v1/valves/turn`.
package struct ValveRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var valve: String
    package var isClosing: Bool
    package var by: String

    package init(valve: String, isClosing: Bool, by: String) {
        self.valve = valve
        self.isClosing = isClosing
        self.by = by
    }
}
