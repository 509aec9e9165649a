import Execution
@testable import MQTTUplink
import Testing

struct HangUpsTests {
    private func time(_ seconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    @Test func threeSoonAfterEachOtherAreAPattern() {
        var hangUps = HangUps()
        #expect(hangUps.note(time(1), life: .seconds(1), isIdle: true) == false)
        #expect(hangUps.note(time(11), life: .seconds(3), isIdle: true) == false)
        #expect(hangUps.note(time(40), life: .seconds(2), isIdle: true) == true)
        #expect(hangUps.note(time(60), life: .seconds(2), isIdle: true) == true)
    }

    @Test func thoseOverAMessageDoNotCount() {
        var hangUps = HangUps()
        for second in 1...20 {
            #expect(hangUps.note(time(second), life: .zero, isIdle: false) == false)
        }
    }

    @Test func aConnectionThatLastedEndsAPattern() {
        var hangUps = HangUps()
        for second in 1...2 { _ = hangUps.note(time(second), life: .zero, isIdle: true) }
        #expect(hangUps.note(time(100), life: .seconds(90), isIdle: true) == false)
        #expect(hangUps.note(time(101), life: .zero, isIdle: true) == false)
    }

    @Test func aBrokerThatWasNotThereEndsAPattern() {
        var hangUps = HangUps()
        for second in 1...2 { _ = hangUps.note(time(second), life: .zero, isIdle: true) }
        hangUps.noteAbsence()
        #expect(hangUps.note(time(3), life: .zero, isIdle: true) == false)
    }

    @Test func thoseFarApartAreNoPattern() {
        var hangUps = HangUps()
        for hour in 1...30 {
            #expect(hangUps.note(time(hour * 3_600), life: .seconds(5), isIdle: true) == false)
        }
    }
}
