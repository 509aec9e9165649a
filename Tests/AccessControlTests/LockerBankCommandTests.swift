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

    /// Runs a bank whose strike has no line, but for those that are given.
    private static func withBank(
        _ journal: AccessJournal, _ clock: HandClock, _ lines: [LineName: OutputLine] = [:],
        _ body: (LockerBank, AccessRegister) async throws -> Void
    ) async throws -> LockerBank {
        let register = AccessRegister(
            journal: journal, contents: AccessContents(key: AuditKey([1])), time: clock.source,
            record: { _, _ in })
        let bank = await LockerBank(
            configuration, site: "site", boot: "aaaaaaaaaaaaaaaa", secret: [1],
            effects: AccessEffects(lines: lines, record: { _, _ in }), register: register,
            time: clock.source, random: SeededRandom(seed: 1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await bank.run() }
            try await body(bank, register)
            group.cancelAll()
        }
        return bank
    }

    @Test func aCommandThatOpenedNothingIsNotRemembered() async throws {
        let clock = HandClock(Timestamp(milliseconds: 1_790_000_000_000))
        let bank = try await Self.withBank(.none, clock) { bank, register in
            while await bank.status.compartments.first?.fault == nil { await Task.yield() }
            for _ in 0..<2 {
                // For so long a strike counts as energised that nobody can reach.
                clock.pass(StrikeSupply.patience)
                await #expect(throws: LockerRefusal.strike(.stopped)) {
                    try await bank.release("A01", by: "city", command: "c-1")
                }
            }
            #expect(await register.value("commands/east") == [])
        }
        await #expect(throws: LockerRefusal.stopped) {
            try await bank.release("A01", by: "city", command: "c-1")
        }
    }

    /// A power cut would give its compartment away a second time.
    @Test func aParcelThatCannotBeWrittenDownIsNotTakenIn() async throws {
        let clock = HandClock(Timestamp(milliseconds: 1_790_000_000_000))
        let (database, strike) = (SlowDatabase(), LineName("LOCK-A01"))
        let lines = [strike: OutputLine(strike) { (_) throws(LineFault) in }]
        _ = try await Self.withBank(database.journal, clock, lines) { bank, register in
            bank.observe(
                LineChange(
                    LineName("DOOR-A01"), LineState(isActive: true), at: clock.source.monotonic()))
            while await bank.status.compartments.first?.isClosed != true { await Task.yield() }
            database.fail(true)
            await #expect(throws: LockerRefusal.notSaved) {
                try await bank.deposit(.small, by: "courier")
            }
            #expect(await bank.occupied == [])
            #expect(await register.values(under: "parcel/").isEmpty)
            database.fail(false)
            let deposit = try await bank.deposit(.small, by: "courier")
            #expect(deposit.compartment == "A01")
            #expect(await bank.occupied == ["A01"])
        }
    }
}
