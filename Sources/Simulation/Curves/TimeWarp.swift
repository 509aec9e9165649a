/// A clock that now runs fast and now slow, but never backwards, and is right on average.
///
/// Asked through it, a smooth load becomes one with steps, as of appliances that switch on and
/// off, while its counter stays the exact integral of its power.
struct TimeWarp: Hashable, Sendable {
    /// The length of one step, in seconds.
    let period: Double
    /// How far the rate strays from 1: 0 ..< 1.
    let depth: Double
    let noise: Noise

    /// The warped time and its rate at a time, both in seconds.
    func warp(_ time: Double) -> (time: Double, rate: Double) {
        let steps = time / period
        let floor = steps.rounded(.down)
        let index = Int(floor)
        let left = noise.fraction(at: index) * depth
        let change = noise.fraction(at: index + 1) * depth - left
        return (time + period * (left + change * (steps - floor)), 1 + change)
    }
}
