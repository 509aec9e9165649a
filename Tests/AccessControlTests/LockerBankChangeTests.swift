import AccessControl
import Execution
import GPIO
import SiteConfiguration
import Testing

/// A bank whose document changes while strikes are energised.
struct LockerBankChangeTests {
    private static func bank(
        _ names: [String], strikes: [String: String] = [:], pulse: Duration = .seconds(1)
    ) -> LockerBankConfiguration {
        LockerBankConfiguration(
            name: "east",
            compartments: names.map { name in
                CompartmentConfiguration(
                    name: name, strike: line(strikes[name] ?? "LOCK-\(name)"),
                    contact: line("DOOR-\(name)"), size: .small)
            }, strikesAtOnce: 2, pulse: pulse)
    }

    private static func line(_ name: String) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: name, offset: 0)))
    }

    private static func time(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    /// A bank whose strikes all have confirmed to be inactive, with closed compartments.
    private static func settled(_ bank: LockerBankConfiguration) -> LockerBankState {
        var state = LockerBankState(bank)
        _ = state.handle(.start, at: time(0))
        for place in bank.compartments.indices {
            _ = state.handle(.switched(place, isActive: false, nil), at: time(1))
            _ = state.handle(.contact(place, isClosed: true), at: time(1))
        }
        return state
    }

    @Test func anotherCompartmentIsChangedAndAnEnergisedStrikeStaysAsItIs() {
        let before = Self.bank(["A01", "A07"])
        var state = Self.settled(before)
        #expect(state.handle(.release(0), at: Self.time(10)) == [.set(0, isActive: true)])
        #expect(
            state.handle(.switched(0, isActive: true, nil), at: Self.time(20)) == [.released(0)])

        // A07 has another strike now, and stands before A01.
        let after = Self.bank(["A07", "A01"], strikes: ["A07": "LOCK-9"])
        let (actions, moved) = state.use(after, after: before, at: Self.time(30))
        #expect(actions == [.set(0, isActive: false)], "only the new strike is told anything")
        #expect(moved == [0: 1])
        #expect(state.strikes[1].isActive == true)
        #expect(state.compartments[1].phase == .released(until: Self.time(8_020)))
        #expect(state.supply.taken.keys.sorted() == [0, 1])
        // And its pulse ends when it would have.
        #expect(state.handle(.tick, at: Self.time(1_009)) == [])
        #expect(state.handle(.tick, at: Self.time(1_010)) == [.set(1, isActive: false)])
    }

    @Test func otherSettingsOfTheBankTellNoStrikeAnything() {
        let before = Self.bank(["A01", "A07"])
        var state = Self.settled(before)
        let (actions, moved) = state.use(
            Self.bank(["A01", "A07", "A08"], pulse: .milliseconds(300)), after: before,
            at: Self.time(30))
        #expect(actions == [.set(2, isActive: false)])
        #expect(moved == [0: 0, 1: 1])
        _ = state.handle(.release(0), at: Self.time(40))
        #expect(state.handle(.tick, at: Self.time(340)) == [])
        _ = state.handle(.switched(0, isActive: true, nil), at: Self.time(341))
        #expect(state.strikes[0].isActive == nil || state.strikes[0].isActive == true)
    }

    @Test func aStrikeThatWasNeverHeardIsNotSaidToBeActive() {
        var state = LockerBankState(Self.bank(["A01"]))
        _ = state.handle(.start, at: Self.time(0))
        #expect(state.strikes[0].isActive == nil)
        _ = state.handle(.switched(0, isActive: false, .silent), at: Self.time(100))
        #expect(state.strikes[0].isActive == nil)
        _ = state.handle(.switched(0, isActive: false, nil), at: Self.time(400))
        #expect(state.strikes[0].isActive == false)
    }

    @Test func anAnswerThatComesAfterTheNextReleaseEnergisesNoStrikeForGood() {
        var state = Self.settled(Self.bank(["A01"]))
        #expect(state.handle(.release(0), at: Self.time(10)) == [.set(0, isActive: true)])
        // The board takes 11 s to answer; by then its pulse is over and another is wanted.
        _ = state.handle(.tick, at: Self.time(1_010))
        _ = state.handle(.release(0), at: Self.time(10_500))
        _ = state.handle(.switched(0, isActive: true, nil), at: Self.time(11_000))
        #expect(state.nextWakeUp == Self.time(12_000))
        #expect(state.handle(.tick, at: Self.time(12_000)).contains(.set(0, isActive: false)))
    }

    @Test func aReleaseThatIsOvertakenBeforeItsStrikeWasToldIsSaidToBeNone() {
        var state = LockerBankState(Self.bank(["A01"]))
        _ = state.handle(.start, at: Self.time(0))
        // The strike is still being told to be inactive, so that the release waits for its turn.
        _ = state.handle(.release(0), at: Self.time(1))
        _ = state.handle(.tick, at: Self.time(10_001))
        let actions = state.handle(.restored(0), at: Self.time(10_002))
        #expect(actions.contains(.notReleased(0)))
    }
}
