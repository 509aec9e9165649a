package import GPIO
package import LinuxGPIO
import SiteConfiguration

/// Claims lines of a chip. What becomes of them is told from any thread.
package typealias ChipOpening =
    @Sendable (
        _ name: String, _ claims: [LineClaim], _ onEvent: @escaping @Sendable (ChipEvent) -> Void
    ) -> ChipLines

/// The lines of one GPIO chip that the site uses.
struct ChipService: Sendable {
    /// What is claimed: where this is unchanged, a reload leaves the chip alone.
    private(set) var claims: [LineClaim]
    let chip: ChipLines

    init(
        _ name: String, claims: [LineClaim], open: ChipOpening,
        onEvent: @escaping @Sendable (ChipEvent) -> Void
    ) {
        self.claims = claims
        chip = open(name, claims, onEvent)
    }

    /// Claims other lines; those whose claim stays are not touched.
    mutating func use(_ claims: [LineClaim]) async {
        guard claims != self.claims else { return }
        self.claims = claims
        await chip.use(claims)
    }
}

extension SiteDocument {
    /// The lines to claim, by chip.
    var chipClaims: [String: [LineClaim]] {
        // What stands lit when nobody drives it must not go dark when the gateway starts or stops.
        let lit = Set(
            lighting.filter { $0.safeState == .on }.compactMap { $0.line?.name })
        var claims: [String: [LineClaim]] = [:]
        for line in lines {
            guard case .gpio(let settings) = line.reference.source else { continue }
            let name = line.reference.name
            let direction: LineDirection =
                line.isOutput ? .output(initiallyActive: lit.contains(name)) : .input
            claims[settings.chip, default: []].append(LineClaim(name, settings, direction))
        }
        return claims
    }
}
