import DeviceProfiles
import GPIO
import Metering
import Testing

@testable import SiteConfiguration

@Suite struct LightingCircuitTests {
    private let fixture: LightingFixture

    init() throws {
        fixture = try LightingFixture()
    }

    @Test func readsWhatIsWritten() throws {
        let circuits = try fixture.read(LightingFixture.valid)
        #expect(circuits.map(\.name) == ["stairs-1", "garden"])
        let stairs = circuits[0]
        #expect(stairs.line?.source.point?.description == "stair-relays/relay.1")
        #expect(stairs.dimmer?.identifier.description == "dimmer-1/light.1.brightness")
        #expect(stairs.dimmer?.fullValue == ScaledInteger(100))
        #expect(stairs.safeState == .on)
        #expect(stairs.stagger == .milliseconds(500) && stairs.minimumOn == .seconds(10))
        let watch = try #require(stairs.lampWatch)
        #expect(watch.point.description == "b1-stairs/power.active.total")
        #expect(watch.below == ScaledInteger(20) && watch.after == .seconds(120))
        let night = stairs.control[0]
        #expect(
            night.window
                == LightingWindow(
                    from: .sun(.sunset, offset: .seconds(-600)),
                    to: .sun(.sunrise, offset: .seconds(600))))
        #expect(night.days == [.monday, .tuesday])
        #expect(night.notCalendar?.name == "holidays" && night.level == 30)
        #expect(stairs.control[1].presence.map(\.name) == [LineName("PIR1"), LineName("PIR2")])
        #expect(stairs.control[1].hold == .seconds(180))
        let garden = circuits[1]
        #expect(garden.safeState == .off && garden.dimmer == nil)
        #expect(garden.stagger == .milliseconds(200) && garden.minimumOn == .seconds(30))
        #expect(
            garden.control[1].window
                == LightingWindow(from: .clock(minute: 330), to: .sun(.sunrise, offset: .zero)))
        #expect(
            garden.control[2].window
                == LightingWindow(from: .clock(minute: 0), to: .clock(minute: 1_440)))
        guard
            case .point(let point, let below, let above, let patience)? =
                garden.control[0].photocell?.source
        else { return #expect(Bool(false), "the photocell is a point") }
        #expect(point.description == "sky/illuminance")
        #expect(below == ScaledInteger(30) && above == ScaledInteger(60))
        #expect(patience == .seconds(1_800), "three of its readings")
        #expect(garden.control[1].photocell?.settle == .seconds(60))
    }

    @Test func aDimmerTurnsPercentIntoItsPoint() throws {
        let name = try #require(PointName("light.1.level"))
        let profile = try #require(fixture.device("d", "razumdom-ddm845r")).profile
        let point = try #require(profile.point(named: name))
        let dimmer = LightingDimmer(
            device: try #require(DeviceIdentifier("d")), point: point,
            fullValue: ScaledInteger(1_023))
        let values = [0, 1, 50, 100].map { dimmer.value(at: $0) }
        #expect(values == [0, 10, 512, 1_023].map { ScaledInteger($0) })
        let coarse = LightingDimmer(
            device: dimmer.device, point: point, fullValue: ScaledInteger(20))
        #expect(coarse.value(at: 1) == ScaledInteger(1), "lit is never dark")
    }

    @Test(arguments: [
        ("2026-10-01", true), ("2026-10-07", true), ("2026-10-08", false), ("2026-09-30", false),
        ("2027-01-01", true), ("2026-12-24", true), ("2031-01-06", true), ("2031-01-07", false),
        ("2028-02-29", true), ("2027-03-01", false),
    ])
    func aCalendarKnowsItsDays(_ date: String, _ isIn: Bool) throws {
        let circuits = try fixture.read(LightingFixture.valid)
        let calendar = try #require(circuits.first?.control.first?.notCalendar)
        let parts = date.split(separator: "-").compactMap { Int($0) }
        let day = try #require(CalendarDate(year: parts[0], month: parts[1], day: parts[2]))
        #expect(calendar.contains(day) == isIn)
    }

    @Test func datesFollowTheCalendar() throws {
        var date = try #require(CalendarDate(year: 1970, month: 1, day: 1))
        #expect(date.weekday == .thursday)
        for _ in 0..<60_000 {
            let same = CalendarDate(year: date.year, month: date.month, day: date.day)
            #expect(same == date)
            let next = date.advanced(byDays: 1)
            let nextWeekday = Weekday.allCases.firstIndex(of: next.weekday)
            let weekday = Weekday.allCases.firstIndex(of: date.weekday)
            #expect(nextWeekday == ((weekday ?? 0) + 1) % 7)
            date = next
        }
        #expect(CalendarDate(year: 2026, month: 11, day: 24)?.weekday == .tuesday)
        #expect(CalendarDate(year: 2100, month: 2, day: 29) == nil)
        #expect(CalendarDate(year: 2026, month: 4, day: 31) == nil)
    }

    // MARK: - The safe state of relay boards

    @Test(arguments: [("on", 1), ("off", 0)] as [(String, Int64)])
    func aRelayBoardIsToldItsSafeState(_ word: String, _ state: Int64) throws {
        let circuits = try fixture.read(
            """
            lighting:
              stairs: {circuit: stair-relays/relay.3, safeState: \(word), control: []}
            """)
        let board = try #require(fixture.device("stair-relays", "wb-mr6c", every: .seconds(30)))
        let settings = try #require(circuits.first).hardwareSafeState(of: board)
        #expect(
            settings.map { "\($0.point.name)=\($0.value)" } == [
                "config.relay3.safeState=\(state)", "config.relay3.safetyBehaviour=1",
                "config.safety.timer=90", "config.powerOn=0",
            ])
        let other = try #require(fixture.device("other", "wb-mr6c"))
        #expect(circuits.first?.hardwareSafeState(of: other) == [])
    }

    @Test func aDimmerIsToldItsSafeState() throws {
        let circuits = try fixture.read(
            "lighting: {hall: {dimmer: dimmer-1/light.2.brightness, control: []}}")
        let dimmer = try #require(fixture.device("dimmer-1", "wb-mdm3", every: .seconds(5)))
        #expect(
            circuits.first?.hardwareSafeState(of: dimmer).map { "\($0.point.name)=\($0.value)" }
                == ["config.light2.safety.action=2", "config.safety.timer=60"])
    }

    @Test func aBoardWithoutASafeStateIsLeftAlone() throws {
        let circuits = try fixture.read("lighting: {hall: {circuit: RELAY1, control: []}}")
        for device in fixture.devices {
            #expect(circuits.first?.hardwareSafeState(of: device) == [])
        }
    }
}
