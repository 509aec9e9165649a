import Execution
import Metering
import Testing

@testable import Charging

@Suite struct ChargerPromiseTests {
    private func at(_ seconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func aSmallerOneCountsOnceItIsConfirmedAndFollowed() {
        var promise = ChargerPromise(maximum: 32)
        promise.begin(6)
        #expect(promise.ceiling == 32)
        promise.confirm(at: at(0))
        promise.advance(to: at(9))
        #expect(promise.ceiling == 32)
        promise.advance(to: at(10))
        #expect(promise.ceiling == 6)
    }

    @Test func aLargerOneCountsAtOnce() {
        var promise = ChargerPromise(maximum: 6)
        promise.begin(16)
        #expect(promise.ceiling == 16)
        promise.fail()
        promise.advance(to: at(100))
        #expect(promise.ceiling == 16, "it may have arrived")
        #expect(promise.confirmed == nil)
    }

    @Test func anOlderPromiseDoesNotSettleUnderANewerOne() {
        var promise = ChargerPromise(maximum: 32)
        promise.begin(6)
        promise.confirm(at: at(0))
        promise.begin(16)
        promise.advance(to: at(20))
        #expect(promise.ceiling == 32)
        promise.confirm(at: at(20))
        promise.advance(to: at(30))
        #expect(promise.ceiling == 16)
    }

    @Test func theSameAgainSettlesNoLater() {
        var promise = ChargerPromise(maximum: 32)
        promise.begin(6)
        promise.confirm(at: at(0))
        promise.begin(6)
        promise.confirm(at: at(8))
        promise.advance(to: at(10))
        #expect(promise.ceiling == 6)
    }

    @Test func whatMayBeForgottenCountsWithTheFallback() {
        var promise = ChargerPromise(maximum: 32)
        promise.begin(6)
        promise.confirm(at: at(0))
        promise.advance(to: at(10))
        promise.forget(fallback: 16)
        #expect(promise.ceiling == 16)
        promise.begin(6)
        promise.confirm(at: at(11))
        promise.advance(to: at(21))
        #expect(promise.ceiling == 6)
    }
}
