import Execution
import Telemetry
import Testing

@Suite struct RepeatLimitTests {
    private let start = MonotonicTime(nanoseconds: 0)

    private func event(_ kind: String, _ number: Int, of subject: String = "m") -> Event {
        Event(kind, of: subject, at: Timestamp(milliseconds: Int64(number)))
    }

    @Test func theFirstIsToldAtOnceAndEachSubjectIsItsOwn() {
        var limit = RepeatLimit()
        #expect(limit.take(event("device.silent", 1), at: start) != nil)
        #expect(limit.take(event("device.recovered", 2), at: start) != nil)
        #expect(limit.take(event("device.silent", 3, of: "n"), at: start) != nil)
        #expect(limit.take(event("device.silent", 4), at: start) == nil)
    }

    @Test func theLastOfThoseCountedIsToldAtTheEndOfThePauseWithTheirNumber() {
        var limit = RepeatLimit()
        for number in 0..<6 { _ = limit.take(event("device.silent", number), at: start) }
        #expect(limit.due(at: start.advanced(by: .seconds(59))).isEmpty)
        let told = limit.due(at: start.advanced(by: .seconds(60)))
        #expect(told.map(\.time.milliseconds) == [5])
        #expect(told.first?.details[RepeatLimit.detail] == "5")
        #expect(limit.due(at: start.advanced(by: .seconds(60))).isEmpty)
    }

    /// A device that resets every 5 s was 34,000 events a day.
    @Test func aDeviceThatResetsForADayIsSomeDozenEventsAndNoneIsLost() {
        var limit = RepeatLimit()
        var told = 0
        var counted = 0
        for number in 0..<34_560 {
            let now = start.advanced(by: .milliseconds(2_500 * number))
            let kind = number.isMultiple(of: 2) ? "device.silent" : "device.recovered"
            for event in limit.due(at: now) {
                told += 1
                counted += Int(event.details[RepeatLimit.detail] ?? "") ?? 0
            }
            if limit.take(event(kind, number), at: now) != nil {
                told += 1
                counted += 1
            }
        }
        for event in limit.due(at: start.advanced(by: .seconds(2 * 86_400))) {
            counted += Int(event.details[RepeatLimit.detail] ?? "") ?? 0
        }
        #expect(told < 80)
        #expect(counted == 34_560)
    }

    @Test func afterAPauseWithoutAChangeTheNextIsToldAtOnce() {
        var limit = RepeatLimit()
        _ = limit.take(event("bus.connected", 1), at: start)
        #expect(limit.due(at: start.advanced(by: .seconds(61))).isEmpty)
        #expect(limit.take(event("bus.connected", 2), at: start.advanced(by: .seconds(62))) != nil)
    }
}
