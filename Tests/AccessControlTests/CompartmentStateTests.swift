import AccessControl
import Execution
import Testing

struct CompartmentStateTests {
    private static func time(_ seconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    private static func closed() -> CompartmentState {
        var state = CompartmentState(openWithin: .seconds(8), closeWithin: .seconds(180))
        _ = state.contact(true, at: time(0))
        return state
    }

    @Test func aReleaseIsOpenedAndClosed() {
        var state = Self.closed()
        state.willRelease()
        #expect(state.phase == .waiting)
        state.released(at: Self.time(1))
        #expect(state.contact(false, at: Self.time(2)) == [.opened])
        #expect(state.phase == .open(until: Self.time(182)))
        #expect(state.contact(true, at: Self.time(20)) == [.closed])
        #expect(state.phase == .closed)
        #expect(state.settle(at: Self.time(1_000)) == [])
    }

    @Test func whatDoesNotOpenInTimeIsTold() {
        var state = Self.closed()
        state.willRelease()
        state.released(at: Self.time(1))
        #expect(state.settle(at: Self.time(8)) == [])
        #expect(state.settle(at: Self.time(9)) == [.notOpened])
        #expect(state.phase == .closed)
    }

    @Test func whatStaysOpenIsHeldOpenOnce() {
        var state = Self.closed()
        state.willRelease()
        state.released(at: Self.time(1))
        _ = state.contact(false, at: Self.time(2))
        #expect(state.settle(at: Self.time(182)) == [.heldOpen])
        #expect(state.settle(at: Self.time(999)) == [])
        #expect(state.contact(true, at: Self.time(1_000)) == [.closed])
    }

    @Test func whatOpensWithoutAReleaseIsForced() {
        var state = Self.closed()
        #expect(state.contact(false, at: Self.time(5)) == [.forced])
        #expect(state.contact(true, at: Self.time(6)) == [.closed])
    }

    @Test func whatWasOpenAtTheStartIsNotForced() {
        var state = CompartmentState(openWithin: .seconds(8), closeWithin: .seconds(180))
        #expect(state.contact(false, at: Self.time(0)) == [])
        #expect(state.settle(at: Self.time(180)) == [.heldOpen])
    }

    @Test func aContactThatCannotBeReadIsToldOnceAndSaysNothingOfOpening() {
        var state = Self.closed()
        #expect(state.contact(nil, at: Self.time(1)) == [.contactFault])
        #expect(state.contact(nil, at: Self.time(2)) == [])
        state.willRelease()
        state.released(at: Self.time(3))
        #expect(state.settle(at: Self.time(100)) == [])
        #expect(state.contact(true, at: Self.time(101)) == [])
        #expect(state.phase == .closed)
    }
}
