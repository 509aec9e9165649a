import AccessControl
import Execution
import GPIO
import SiteConfiguration
import Testing

struct DoorStateTests {
    private static func time(_ seconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    private static func line(_ name: String, _ offset: Int) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: "sim", offset: offset)))
    }

    private static func door(isFailSafe: Bool = false) -> DoorState {
        var state = DoorState(
            DoorConfiguration(
                name: "entrance", strike: line("LOCK8", 0), isFailSafe: isFailSafe,
                contact: line("DOOR8", 1), exit: line("BUTTON8", 2)))
        _ = state.handle(.contact(true), at: time(0))
        return state
    }

    @Test func aReleaseLastsUntilSomebodyHasGoneThrough() {
        var state = Self.door()
        #expect(!state.isStrikeActive(at: Self.time(0)))
        #expect(state.handle(.release, at: Self.time(1)) == [.released])
        #expect(state.isStrikeActive(at: Self.time(2)))
        #expect(state.handle(.contact(false), at: Self.time(3)) == [.opened])
        #expect(state.handle(.contact(true), at: Self.time(4)) == [.closed])
        #expect(!state.isStrikeActive(at: Self.time(4)))
    }

    @Test func aReleaseThatNobodyUsesEnds() {
        var state = Self.door()
        _ = state.handle(.release, at: Self.time(1))
        #expect(state.nextWakeUp(at: Self.time(1)) == Self.time(6))
        #expect(state.handle(.tick, at: Self.time(6)) == [])
        #expect(!state.isStrikeActive(at: Self.time(6)))
        #expect(state.handle(.contact(false), at: Self.time(7)) == [.forced])
    }

    @Test func aButtonThatIsStuckIsTold() {
        var state = Self.door()
        _ = state.handle(.exit(true), at: Self.time(1))
        #expect(state.nextWakeUp(at: Self.time(1)) == Self.time(61))
        #expect(state.handle(.tick, at: Self.time(60)) == [])
        #expect(state.handle(.tick, at: Self.time(61)) == [.exitStuck])
        #expect(state.isExitStuck)
        #expect(state.handle(.exit(true), at: Self.time(62)) == [])
        // The door is let go all the same: it is people who are behind it.
        #expect(state.isStrikeActive(at: Self.time(62)))
        #expect(state.handle(.exit(false), at: Self.time(70)) == [.exitFreed])
        #expect(!state.isExitStuck)
        _ = state.handle(.exit(true), at: Self.time(80))
        #expect(state.handle(.exit(false), at: Self.time(90)) == [])
        #expect(state.handle(.tick, at: Self.time(200)) == [])
    }

    @Test func theButtonLetsPeopleOutForAsLongAsItIsPressedAndAfter() {
        var state = Self.door()
        #expect(state.handle(.exit(true), at: Self.time(1)) == [.exit])
        #expect(state.isStrikeActive(at: Self.time(100)))
        #expect(state.handle(.exit(false), at: Self.time(100)) == [])
        #expect(state.isStrikeActive(at: Self.time(104)))
        #expect(!state.isStrikeActive(at: Self.time(105)))
    }

    @Test func anAlarmHoldsItUnlockedAndNobodyIsToldThatItStandsOpen() {
        var state = Self.door()
        #expect(state.handle(.hold(true), at: Self.time(1)) == [.held])
        #expect(state.handle(.contact(false), at: Self.time(2)) == [.opened])
        #expect(state.handle(.tick, at: Self.time(1_000)) == [])
        #expect(state.isStrikeActive(at: Self.time(1_000)))
        #expect(state.handle(.hold(false), at: Self.time(1_001)) == [.letGo, .heldOpen])
    }

    @Test func itIsHeldOpenOnce() {
        var state = Self.door()
        _ = state.handle(.release, at: Self.time(0))
        _ = state.handle(.contact(false), at: Self.time(1))
        #expect(state.handle(.tick, at: Self.time(60)) == [])
        #expect(state.handle(.tick, at: Self.time(61)) == [.heldOpen])
        #expect(state.handle(.tick, at: Self.time(999)) == [])
    }

    @Test func aFailSafeStrikeIsActiveWhileTheDoorIsLocked() {
        var state = Self.door(isFailSafe: true)
        #expect(state.isStrikeActive(at: Self.time(0)))
        _ = state.handle(.release, at: Self.time(1))
        #expect(!state.isStrikeActive(at: Self.time(2)))
        #expect(state.isStrikeActive(at: Self.time(6)))
    }

    @Test func aContactThatCannotBeReadIsToldOnce() {
        var state = Self.door()
        #expect(state.handle(.contact(nil), at: Self.time(1)) == [.contactFault])
        #expect(state.handle(.contact(nil), at: Self.time(2)) == [])
        _ = state.handle(.release, at: Self.time(3))
        #expect(state.isStrikeActive(at: Self.time(4)))
    }
}
