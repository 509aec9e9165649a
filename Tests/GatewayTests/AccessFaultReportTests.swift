import Execution
import GPIO
import MaintenanceAPI
import SiteConfiguration
import Testing

@testable import AccessControl
@testable import Alarms

/// What people are told of parcels, exit buttons and tests that were broken off.
struct AccessFaultReportTests {
    private static let time = Timestamp(milliseconds: 1_790_000_000_000)

    private func bank(_ parcels: [Parcel?]) -> LockerBankStatus {
        LockerBankStatus(
            compartments: parcels.enumerated().map { place, parcel in
                LockerBankStatus.Compartment(
                    name: "A0\(place)", size: .small, phase: .closed, isStrikeActive: false,
                    isClosed: true, parcel: parcel, fault: nil)
            }, energised: 0, waiting: 0, lockedOutUntil: nil)
    }

    private func parcel(isOverdue: Bool = false, openedByHandAt: Int64? = nil) -> Parcel {
        var parcel = Parcel(
            compartment: "A", code: PickupCodeHash("1", salt: [], secret: []), depositedAt: 1,
            validUntil: 2)
        parcel.isOverdue = isOverdue ? true : nil
        parcel.openedByHandAt = openedByHandAt
        return parcel
    }

    @Test func `Overdue parcels and those that may be gone are told with what to do`() {
        let faults = StatusFault.parcels(
            of: bank([
                nil, parcel(), parcel(isOverdue: true), parcel(openedByHandAt: 5),
                parcel(isOverdue: true, openedByHandAt: 5),
            ]), in: "east")
        #expect(
            faults.map(\.what) == [
                "overdue parcels in east: A02, A04", "opened by hand in east, with a parcel: A03",
            ])
        #expect(faults[0].advice?.contains("linli lockers take-back east/A02") == true)
        #expect(faults[1].advice?.contains("linli lockers clear east/A03") == true)
        #expect(StatusFault.parcels(of: bank([nil, parcel()]), in: "east") == [])
    }

    @Test func `A stuck exit button is danger, since the door stays unlocked`() {
        var door = DoorStatus(
            name: "entrance", phase: .secure, isReleased: true, isHeld: false, isExitStuck: true,
            isStrikeActive: true, isClosed: true, since: MonotonicTime(nanoseconds: 0), fault: nil)
        #expect(StatusFault(exitOf: door)?.severity == .danger)
        door.isExitStuck = false
        #expect(StatusFault(exitOf: door) == nil)
    }

    @Test func `A test that gave way to a real alarm says nothing of the chain`() {
        let steps = [
            Alarms.AlarmTestReport.Step(subject: "GAS1", check: .detector, outcome: .passed),
            Alarms.AlarmTestReport.Step(subject: "FAN1", check: .output, outcome: .unheard),
        ]
        func report(_ ending: Alarms.AlarmTestReport.Ending) -> MaintenanceAPI.AlarmTestReport {
            MaintenanceAPI.AlarmTestReport(
                Alarms.AlarmTestReport(
                    alarm: "gas", person: "ann", startedAt: Self.time, ending: ending,
                    steps: steps))
        }
        let overtaken = report(.overtaken(by: "smoke"))
        #expect(overtaken.brokenOff == "it gave way to the alarm smoke")
        #expect(overtaken.steps.map(\.hasPassed) == [true])
        #expect(!overtaken.hasPassed)
        let completed = report(.completed)
        #expect(completed.brokenOff == nil)
        #expect(completed.steps.map(\.hasPassed) == [true, false])
    }
}
