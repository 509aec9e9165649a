import Execution
import GPIO
import MaintenanceAPI
import Metering
import SiteConfiguration
import Testing

@testable import AccessControl
@testable import Alarms
@testable import Charging
@testable import Lighting

/// What the status page says of each part that needs a person.
struct StatusFaultTests {
    @Test func `An active gas alarm is danger, and says what to do`() {
        let fault = StatusFault(alarm(.active, condition: true))
        #expect(fault?.severity == .danger)
        #expect(fault?.subject == "alarms.gas-leak")
        #expect(fault?.what == "the alarm gas-leak is active: gas in the boiler room")
        #expect(
            fault?.advice == "find its cause; once it is gone, `linli alarms ack gas-leak`")
        #expect(fault?.since == 1_000)
    }

    @Test func `An alarm that waits to be acknowledged says that its cause is gone`() {
        let fault = StatusFault(alarm(.latched, condition: false))
        #expect(fault?.severity == .danger)
        #expect(fault?.what.contains("its cause is gone") == true)
        #expect(fault?.advice == "look there, then `linli alarms ack gas-leak`")
    }

    @Test func `A quiet alarm is no fault, one that is blind is`() {
        #expect(StatusFault(alarm(.quiet, condition: false)) == nil)
        let blind = StatusFault(alarm(.unknown, condition: nil, unknown: ["gas-room/gas"]))
        #expect(blind?.severity == .fault)
        #expect(blind?.what.contains("blind: nothing is known of gas-room/gas") == true)
    }

    @Test func `What people may only like to know is no fault`() {
        #expect(StatusFault(alarm(.active, condition: true, severity: .info)) == nil)
        #expect(
            StatusFault(alarm(.active, condition: true, severity: .warning))?.severity == .fault)
    }

    @Test(arguments: [
        (
            ValveState.Phase.notClosed(nextTry: MonotonicTime(nanoseconds: 0)),
            StatusFault.Severity.danger, "is not shut"
        ),
        (ValveState.Phase.closed, StatusFault.Severity.fault, "is shut, held by gas-leak"),
    ])
    func `A valve that is shut, or will not shut, is told`(
        phase: ValveState.Phase, severity: StatusFault.Severity, words: String
    ) throws {
        let valve = ValveStatus(
            name: "gas-valve", phase: phase, isCommandedClosed: true, isDriven: true, contact: nil,
            heldBy: ["gas-leak"])
        let status = AlarmSystemStatus(alarms: [], valves: [valve], outputs: [])
        let fault = try #require(StatusFault.all(of: status).first)
        #expect(fault.severity == severity)
        #expect(fault.what.contains(words))
    }

    @Test func `A door is danger where it was forced, and a fault where it is held open`() {
        func fault(_ phase: DoorState.Phase) -> StatusFault? {
            StatusFault(
                DoorStatus(
                    name: "entrance-1", phase: phase, isReleased: false, isHeld: false,
                    isStrikeActive: false, isClosed: false, since: Self.now.monotonic, fault: nil),
                since: 5)
        }
        #expect(fault(.forced(heldOpenAt: Self.now.monotonic))?.severity == .danger)
        #expect(fault(.heldOpen)?.what == "the door entrance-1 is held open")
        #expect(fault(.secure) == nil)
        #expect(fault(.open(heldOpenAt: Self.now.monotonic)) == nil)
    }

    @Test func `Compartments that were forced or left open are told by their names`() {
        let bank = LockerBankStatus(
            compartments: [
                compartment("A01", .forced(until: Self.now.monotonic)),
                compartment("A02", .heldOpen),
                compartment("A03", .closed), compartment("A04", .heldOpen),
            ], energised: 0, waiting: 0, lockedOutUntil: nil)
        let faults = StatusFault.all(of: bank, in: "east", at: Self.now)
        #expect(faults.map(\.severity) == [.danger, .fault])
        #expect(faults.map(\.what) == ["forced open in east: A01", "left open in east: A02, A04"])
    }

    @Test func `What there was no room for is told with its figures`() {
        #expect(StatusFault(DroppedItems(), of: "lighting", "the lights") == nil)
        let fault = StatusFault(
            DroppedItems(inputs: 3, records: 2), of: "lighting", "the lights")
        #expect(fault?.severity == .warning)
        #expect(
            fault?.what
                == "the lights are overloaded: dropped since the start were 3 changes of lines and "
                + "readings, and 2 events")
    }

    @Test func `The worst comes first, and equals stay as they were`() {
        let faults = [
            StatusFault(.warning, "clock", "a"), StatusFault(.fault, "cache", "b"),
            StatusFault(.danger, "doors.x", "c"), StatusFault(.fault, "buses.y", "d"),
        ]
        #expect(faults.worstFirst.map(\.what) == ["c", "b", "d", "a"])
    }

    private static let now = Moment(
        monotonic: MonotonicTime(nanoseconds: 0),
        wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: true))

    private func alarm(
        _ phase: AlarmStatus.Phase, condition: Bool?, severity: AlarmSeverity = .alarm,
        unknown: [String] = []
    ) -> AlarmStatus {
        AlarmStatus(
            name: "gas-leak", severity: severity, message: "gas in the boiler room",
            isLatched: true, phase: phase, condition: condition,
            raisedAt: phase == .quiet ? nil : Timestamp(milliseconds: 1_000), acknowledgedBy: nil,
            occurrences: 1, unknownInputs: unknown, isSupervision: false)
    }

    private func compartment(
        _ name: String, _ phase: CompartmentState.Phase
    ) -> LockerBankStatus.Compartment {
        LockerBankStatus.Compartment(
            name: name, size: .small, phase: phase, isStrikeActive: false, isClosed: false,
            parcel: nil, fault: nil)
    }
}
