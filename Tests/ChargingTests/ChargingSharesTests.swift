import Execution
import Metering
import Testing

@testable import Charging

@Suite struct ChargingSharesTests {
    private func claim(
        _ maximum: Amperes = 32, phases: [MainsPhase] = MainsPhase.allCases
    ) -> ChargingShares.Claim {
        ChargingShares.Claim(phases: phases, minimum: 6, maximum: maximum)
    }

    private func shares(_ claims: [ChargingShares.Claim], _ capacity: PhaseCurrents) -> [Int] {
        ChargingShares.divide(claims, among: capacity).map(\.count)
    }

    @Test(
        arguments: [
            (24, [16, 16], [12, 12]), (25, [16, 16], [13, 12]), (40, [16, 16], [16, 16]),
            (40, [10, 32], [10, 30]), (12, [16, 16, 16], [6, 6, 0]), (5, [16, 16], [0, 0]),
            (17, [16, 16], [9, 8]), (-3, [16], [0]), (20, [6, 32, 32], [6, 7, 7]),
        ])
    func sharesAreEvenAndTheFirstGoFirst(capacity: Int, maxima: [Int], expected: [Int]) {
        #expect(
            shares(maxima.map { claim(Amperes($0)) }, PhaseCurrents(Amperes(capacity)))
                == expected)
    }

    @Test func phasesAreSharedEachByItself() {
        let claims = [
            claim(phases: [.l1]), claim(phases: [.l1]), claim(phases: [.l2]),
            claim(phases: [.l1, .l2, .l3]),
        ]
        #expect(shares(claims, PhaseCurrents(30)) == [10, 10, 20, 10])
        #expect(
            shares(claims, PhaseCurrents(l1: 16, l2: 30, l3: 5)) == [8, 8, 30, 0],
            "the third phase has too little for one that needs all")
    }

    @Test(arguments: 0..<500 as Range<UInt64>)
    func nothingIsExceededAndNothingWasted(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let claims = (0..<Int.random(in: 1...12, using: &random)).map { _ in
            claim(
                Amperes(Int.random(in: 6...32, using: &random)),
                phases: [[.l1], [.l2], [.l3], [.l1, .l2, .l3]].randomElement(using: &random)!)
        }
        func any() -> Amperes { Amperes(Int.random(in: -5...120, using: &random)) }
        let capacity = PhaseCurrents(l1: any(), l2: any(), l3: any())
        let shares = ChargingShares.divide(claims, among: capacity)
        var left = capacity
        for (claim, share) in zip(claims, shares) { left.take(share, on: claim.phases) }
        for phase in MainsPhase.allCases {
            #expect(left[phase] >= 0 || left[phase] == capacity[phase])
        }
        for (index, claim) in claims.enumerated() {
            let share = shares[index]
            #expect(share == 0 || (claim.minimum...claim.maximum).contains(share))
            let room = left.room(on: claim.phases)
            if share == 0 {
                // Whoever waits would not fit, even if all before had just their minimum.
                var least = capacity
                for (other, given) in zip(claims[..<index], shares[..<index]) where given > 0 {
                    least.take(other.minimum, on: other.phases)
                }
                #expect(least.room(on: claim.phases) < claim.minimum)
            } else {
                #expect(share == claim.maximum || room < 1, "nothing is left to those who want it")
            }
            // No one has more than another on the same phases who could take it.
            for (other, given) in zip(claims, shares)
            where other.phases == claim.phases && share > 0 && share < claim.maximum && given > 0 {
                #expect(given <= share + 1)
            }
        }
    }
}
