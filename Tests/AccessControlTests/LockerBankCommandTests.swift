import AccessControl
import Execution
import GPIO
import SiteConfiguration
import Synchronization
import Telemetry
import TestSupport
import Testing

/// What a bank remembers of a wish that opened nothing.
struct LockerBankCommandTests {
    private static func line(_ name: String) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: name, offset: 0)))
    }

    private static let configuration = LockerBankConfiguration(
        name: "east",
        compartments: [
            CompartmentConfiguration(
                name: "A01", strike: line("LOCK-A01"), contact: line("DOOR-A01"), size: .small)
        ], strikesAtOnce: 1)

    /// A bank that has been stopped.
    private static func stoppedBank(
        _ journal: AccessJournal
    ) async -> (bank: LockerBank, register: AccessRegister) {
        let time = HandClock(Timestamp(milliseconds: 1_790_000_000_000)).source
        let register = AccessRegister(
            journal: journal, contents: AccessContents(key: AuditKey([1])), time: time,
            record: { _, _ in })
        let bank = await LockerBank(
            configuration, site: "site", boot: "aaaaaaaaaaaaaaaa", secret: [1],
            effects: AccessEffects(lines: [:], record: { _, _ in }), register: register,
            time: time, random: SeededRandom(seed: 1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bank.run() }
            group.cancelAll()
        }
        return (bank, register)
    }

    @Test func aCommandThatOpenedNothingIsNotRemembered() async {
        let (bank, register) = await Self.stoppedBank(.none)
        for _ in 0..<2 {
            await #expect(throws: LockerRefusal.stopped) {
                try await bank.release("A01", by: "city", command: "c-1")
            }
        }
        #expect(await register.value("commands/east") == [])
    }

    /// A power cut would give its compartment away a second time.
    @Test func aParcelThatCannotBeWrittenDownIsNotTakenIn() async {
        let time = HandClock(Timestamp(milliseconds: 1_790_000_000_000)).source
        let (database, strike) = (SlowDatabase(), LineName("LOCK-A01"))
        let register = AccessRegister(
            journal: database.journal, contents: AccessContents(key: AuditKey([1])), time: time,
            record: { _, _ in })
        let bank = await LockerBank(
            Self.configuration, site: "site", boot: "aaaaaaaaaaaaaaaa", secret: [1],
            effects: AccessEffects(
                lines: [strike: OutputLine(strike) { (_) throws(LineFault) in }],
                record: { _, _ in }), register: register,
            time: time, random: SeededRandom(seed: 1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bank.run() }
            bank.observe(
                LineChange(
                    LineName("DOOR-A01"), LineState(isActive: true), at: time.monotonic()))
            while await bank.status.compartments.first?.isClosed != true { await Task.yield() }
            database.fail(true)
            await #expect(throws: LockerRefusal.notSaved) {
                try await bank.deposit(.small, by: "courier")
            }
            #expect(await bank.occupied == [])
            #expect(await register.values(under: "parcel/").isEmpty)
            database.fail(false)
            #expect((try? await bank.deposit(.small, by: "courier"))?.compartment == "A01")
            #expect(await bank.occupied == ["A01"])
            group.cancelAll()
        }
    }
}
