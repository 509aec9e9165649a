import Execution
import GPIO
import LinuxSystem
import Metering
import SiteConfiguration
import TestSupport
import Testing

@testable import FieldLines

/// What is commanded is one thing, what is sensed another.
struct LineTableTests {
    private let clock = HandClock(Timestamp(milliseconds: 1_790_000_000_000))
    private let table: LineTable
    private let strike = LineName("LOCK1")

    init() {
        table = LineTable(time: clock.source)
        table.use(
            (1...100).map { number in
                SiteLine(
                    reference: LineReference(
                        name: LineName("LOCK\(number)"),
                        source: .gpio(LineSettings(chip: "sim", offset: number))),
                    use: "doors.d\(number).strike", isOutput: true)
            })
        table.use(drivers: [OutputLine(strike) { _ throws(LineFault) in }])
    }

    private var entry: LineTable.Entry? { table.all.first { $0.reference.name == strike } }

    @Test func `What was told and cannot be read is not sensed`() async throws {
        try await table.output(strike).set(true)
        #expect(entry?.commanded == true)
        #expect(entry?.sensed.isActive == nil)
        #expect(entry?.faultWords == nil)
    }

    @Test func `What is read is what is sensed, until another command`() async throws {
        try await table.output(strike).set(true)
        table.note(LineChange(strike, .active, at: clock.source.monotonic()))
        #expect(entry?.sensed == .active)
        try await table.output(strike).set(true)
        #expect(entry?.sensed == .active)
        try await table.output(strike).set(false)
        #expect(entry?.sensed.isActive == nil)
    }

    @Test func `What is found to be what it was not told is a fault after a while`() async throws {
        try await table.output(strike).set(false)
        table.note(LineChange(strike, .active, at: clock.source.monotonic()))
        #expect(entry.map(table.fault(of:)) == .some(nil), "the reading may be from before")
        clock.pass(LineTable.readingDelay + .seconds(1))
        #expect(entry.flatMap(table.fault(of:)) == "is active, though it was told otherwise")
    }

    @Test func `An output of a device that has fallen silent is shown as nothing`() async throws {
        try await table.output(strike).set(true)
        table.note(.silent, of: strike)
        #expect(entry?.sensed == .unknown(.silent))
        #expect(entry?.faultWords == "the device does not answer")
    }

    @Test func `All lines come in the order of their names, each once`() {
        let names = table.all.map(\.reference.name)
        #expect(names == names.sorted())
        #expect(Set(names).count == 100)
    }
}
