import HTTPTypes
import Hummingbird

/// The routes of what switches: lines, lockers, doors, lights, chargers and alarms.
struct MechanismRoutes: Sendable {
    let source: MechanismSource

    /// The most records of the audit trail in one answer.
    static let auditLimit = 10_000

    func add(to group: RouterGroup<MaintenanceContext>) {
        // Every line with what is commanded and sensed: [LineReport].
        group.get("lines") { _, _ in try Response(json: try await source.lines()) }
        // Every bank of lockers: [LockerReport].
        group.get("lockers") { _, _ in try Response(json: try await source.lockers()) }
        // ?limit= (100 without it): the audit trail, checked: AuditReport.
        group.get("lockers/audit") { request, _ in
            let limit = request.uri.queryParameters.get("limit").map { Int($0) } ?? 100
            guard let limit, (0...Self.auditLimit).contains(limit) else {
                throw Problem(.badRequest, "\"limit\" is a number from 0 to \(Self.auditLimit)")
            }
            return try Response(json: try await source.audit(limit))
        }
        // LockerRequest: releases, takes a parcel in, or gives it out: LockerAnswer.
        group.post("lockers/work") { request, _ in
            try Response(json: try await source.work(try await request.decoded()))
        }
        // Every door: [DoorReport].
        group.get("doors") { _, _ in try Response(json: try await source.doors()) }
        // DoorRequest: releases a door: DoorReport.
        group.post("doors/release") { request, _ in
            try Response(json: try await source.releaseDoor(try await request.decoded()))
        }
        // Every lighting circuit: [CircuitReport].
        group.get("lights") { _, _ in try Response(json: try await source.lights()) }
        // LightRequest: overrides a circuit: CircuitReport.
        group.post("lights/override") { request, _ in
            try Response(json: try await source.light(try await request.decoded()))
        }
        // Every charger that shares a limit: ChargersReport.
        group.get("chargers") { _, _ in try Response(json: try await source.chargers()) }
        // ChargerRequest: starts or stops a charger: ChargerReport.
        group.post("chargers/switch") { request, _ in
            try Response(json: try await source.switchCharger(try await request.decoded()))
        }
        // Every alarm and valve: AlarmsReport.
        group.get("alarms") { _, _ in try Response(json: try await source.alarms()) }
        // AlarmRequest: acknowledges an alarm: AlarmsReport.
        group.post("alarms/acknowledge") { request, _ in
            try Response(json: try await source.acknowledge(try await request.decoded()))
        }
        // AlarmRequest: tests the chain of an alarm without shutting a valve: AlarmTestReport.
        group.post("alarms/test") { request, _ in
            try Response(json: try await source.test(try await request.decoded()))
        }
        // ValveRequest: opens or closes a valve by hand: ValveReport.
        group.post("valves/turn") { request, _ in
            try Response(json: try await source.turnValve(try await request.decoded()))
        }
    }
}
