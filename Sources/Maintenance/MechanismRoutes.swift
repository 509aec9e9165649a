import MaintenanceAPI
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
        post("lockers/work", to: group, source.work)
        // Every door: [DoorReport].
        group.get("doors") { _, _ in try Response(json: try await source.doors()) }
        // DoorRequest: releases a door: DoorReport.
        post("doors/release", to: group, source.releaseDoor)
        // Every lighting circuit: [CircuitReport].
        group.get("lights") { _, _ in try Response(json: try await source.lights()) }
        // LightRequest: overrides a circuit: CircuitReport.
        post("lights/override", to: group, source.light)
        // Every charger that shares a limit: ChargersReport.
        group.get("chargers") { _, _ in try Response(json: try await source.chargers()) }
        // ChargerRequest: starts or stops a charger: ChargerReport.
        post("chargers/switch", to: group, source.switchCharger)
        // Every alarm and valve: AlarmsReport.
        group.get("alarms") { _, _ in try Response(json: try await source.alarms()) }
        // AlarmRequest: acknowledges an alarm: AlarmsReport.
        post("alarms/acknowledge", to: group, source.acknowledge)
        // AlarmRequest: tests the chain of an alarm without shutting a valve: AlarmTestReport.
        post("alarms/test", to: group, source.test)
        // ValveRequest: opens or closes a valve by hand: ValveReport.
        post("valves/turn", to: group, source.turnValve)
    }

    /// A route for what somebody wants done, and answers for.
    private func post<Wish: AttributedRequest, Answer: Encodable & Sendable>(
        _ path: RouterPath, to group: RouterGroup<MaintenanceContext>,
        _ carryOut: @escaping @Sendable (Wish) async throws -> Answer
    ) {
        group.post(path) { request, context in
            var wish: Wish = try await request.decoded()
            wish.by = await context.peer.name(claimed: wish.by)
            return try Response(json: try await carryOut(wish))
        }
    }
}
