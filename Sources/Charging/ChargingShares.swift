import Metering

/// Divides what there is among those who want it.
///
/// First whoever comes first is given the minimum, as long as that is left; who finds too little
/// waits. Then what remains is handed out ampere by ampere, each in turn, so that no share could
/// grow without another that is no larger becoming smaller.
enum ChargingShares {
    struct Claim: Hashable, Sendable {
        var phases: [MainsPhase]
        var minimum: Amperes
        var maximum: Amperes
    }

    /// - Parameters:
    ///   - claims: The first has the first claim on a minimum.
    ///   - capacity: What there is; nothing where it is negative.
    /// - Returns: The share of each claim, 0 or `minimum...maximum`.
    /// - Complexity: O(*n* · *m*) for *n* claims of at most *m* amperes.
    static func divide(_ claims: [Claim], among capacity: PhaseCurrents) -> [Amperes] {
        var left = capacity
        var shares = [Amperes](repeating: 0, count: claims.count)
        var growing: [Int] = []
        for (index, claim) in claims.enumerated()
        where left.room(on: claim.phases) >= claim.minimum {
            shares[index] = claim.minimum
            left.take(claim.minimum, on: claim.phases)
            growing.append(index)
        }
        while !growing.isEmpty {
            growing.removeAll { index in
                let claim = claims[index]
                guard shares[index] < claim.maximum, left.room(on: claim.phases) >= 1 else {
                    return true
                }
                shares[index] = shares[index] + 1
                left.take(1, on: claim.phases)
                return false
            }
        }
        return shares
    }
}
