import AccessControl
import Execution
import Testing

struct LockerBankStateTests {
    /// What a strike may be active beyond its pulse: an answer that comes late, and commands that
    /// fail and are given again.
    private static let tolerance =
        LockerBankSimulation.slowest * (LockerBankSimulation.failuresInARow + 2)
        + LockerBankState.retryPause * (LockerBankSimulation.failuresInARow + 1)

    @Test(arguments: 0..<100 as Range<UInt64>)
    func neverTooManyStrikesAndNoneTooLong(seed: UInt64) {
        var simulation = LockerBankSimulation(seed: seed)
        simulation.run(commands: 200, killingEvery: 0)
        #expect(simulation.mostAtOnce <= simulation.strikesAtOnce)
        #expect(simulation.longestActive <= LockerBankSimulation.pulse + Self.tolerance)
        #expect(simulation.activeSince.isEmpty)
        #expect(simulation.releases.values.allSatisfy { $0 == 1 })
        #expect(!simulation.releases.isEmpty)
    }

    /// 10,000 releases, with a kill about every thirty steps.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func killedAtAnyMomentNoStrikeStaysActive(seed: UInt64) {
        var simulation = LockerBankSimulation(seed: 1_000 + seed)
        simulation.run(commands: 200, killingEvery: 30)
        #expect(simulation.kills > 5)
        #expect(
            simulation.longestActive <= LockerBankSimulation.pulse + Self.tolerance
                + LockerBankSimulation.restart)
        #expect(simulation.activeSince.isEmpty)
        // None was released twice for one command, and what was not released is accounted for.
        #expect(simulation.releases.values.allSatisfy { $0 == 1 })
        let missing = Set(simulation.journal).subtracting(simulation.releases.keys)
        #expect(missing.count <= simulation.reportedLost + simulation.pending.count)
    }
}
