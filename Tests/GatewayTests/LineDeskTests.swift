import Execution
import GPIO
import LinuxSystem
import Metering
import SiteConfiguration
import TestSupport
import Testing

@testable import Gateway

/// What is commanded is one thing, what is sensed another.
struct LineDeskTests {
    private let clock = HandClock(Timestamp(milliseconds: 1_790_000_000_000))
    private let desk: LineDesk
    private let strike = LineName("LOCK1")

    init() {
        desk = LineDesk(time: clock.source)
        desk.use(
            (1...100).map { number in
                SiteLine(
                    reference: LineReference(
                        name: LineName("LOCK\(number)"),
                        source: .gpio(LineSettings(chip: "sim", offset: number))),
                    use: "doors.d\(number).strike", isOutput: true)
            })
        desk.use(drivers: [OutputLine(strike) { _ throws(LineFault) in }])
    }

    private var entry: LineDesk.Entry? { desk.all.first { $0.reference.name == strike } }

    @Test func `What was told and cannot be read is not sensed`() async throws {
        try await desk.output(strike).set(true)
        #expect(entry?.commanded == true)
        #expect(entry?.sensed.isActive == nil)
        #expect(entry?.faultWords == nil)
    }

    @Test func `What is read is what is sensed, until another command`() async throws {
        try await desk.output(strike).set(true)
        desk.note(LineChange(strike, .active, at: clock.source.monotonic()))
        #expect(entry?.sensed == .active)
        try await desk.output(strike).set(true)
        #expect(entry?.sensed == .active)
        try await desk.output(strike).set(false)
        #expect(entry?.sensed.isActive == nil)
    }

    @Test func `What is found to be what it was not told is a fault after a while`() async throws {
        try await desk.output(strike).set(false)
        desk.note(LineChange(strike, .active, at: clock.source.monotonic()))
        #expect(entry.map(desk.fault(of:)) == .some(nil), "the reading may be from before")
        clock.pass(LineDesk.readingDelay + .seconds(1))
        #expect(entry.flatMap(desk.fault(of:)) == "is active, though it was told otherwise")
    }

    @Test func `An output of a device that has fallen silent is shown as nothing`() async throws {
        try await desk.output(strike).set(true)
        desk.note(.silent, of: strike)
        #expect(entry?.sensed == .unknown(.silent))
        #expect(entry?.faultWords == "the device does not answer")
    }

    @Test func `All lines come in the order of their names, each once`() {
        let names = desk.all.map(\.reference.name)
        #expect(names == names.sorted())
        #expect(Set(names).count == 100)
    }
}
