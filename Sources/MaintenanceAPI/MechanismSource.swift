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
