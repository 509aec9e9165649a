/// Repeatable chance by place: the same seed and index always give the same number.
///
/// A simulated value is asked for at any time, in any order, so its noise cannot be drawn from
/// a sequence; it is looked up.
package struct Noise: Hashable, Sendable {
    private let seed: UInt64

    package init(seed: UInt64) {
        self.seed = seed
    }

    /// Another, independent noise.
    package func branch(_ number: UInt64) -> Noise {
        Noise(seed: Self.mix(seed ^ Self.mix(number &+ 0x9E37_79B9_7F4A_7C15)))
    }

    /// A number in 0 ..< 1.
    package func fraction(at index: Int) -> Double {
        let mixed = Self.mix(seed &+ UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15)
        return Double(mixed >> 11) * 0x1p-53
    }

    /// A number in -1 ... 1 that moves smoothly with `position`, once up or down per unit.
    package func smooth(at position: Double) -> Double {
        let floor = position.rounded(.down)
        let index = Int(floor)
        let part = position - floor
        let weight = part * part * (3 - 2 * part)
        let left = fraction(at: index)
        return 2 * (left + (fraction(at: index + 1) - left) * weight) - 1
    }

    // Source: the finalizer of SplitMix64, as in `SeededRandom`.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
