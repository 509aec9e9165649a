import Execution

/// The silences a client kept between an answer and its next request.
///
/// A line must rest for 3.5 characters between frames; strict meters drop a frame that comes
/// sooner. Source: serial line guide V1.02, section 2.5.1.1.
package struct SilenceRecord: Hashable, Sendable {
    /// All silences measured.
    package private(set) var count = 0
    /// Those shorter than 3.5 characters.
    package private(set) var broken = 0
    /// Of the broken, those where the answer was still on the wire.
    package private(set) var collisions = 0
    package private(set) var minimum: Duration?
    /// How many silences were at least the edge of the same place, and below the next.
    package private(set) var histogram = [Int](repeating: 0, count: edges.count)

    /// The lower edges of the histogram, in characters.
    package static let edges: [Double] = [0, 1, 2, 3, 3.5, 4, 5, 7, 10, 35, 350, 3_500]

    package init() {}

    /// - Returns: Whether the silence was broken.
    mutating func record(_ silence: Duration, timing: LineTiming) -> Bool {
        count += 1
        minimum = min(minimum ?? silence, silence)
        let characters = silence.inSeconds / timing.characterTime.inSeconds
        histogram[Self.edges.lastIndex { $0 <= characters } ?? 0] += 1
        guard silence < timing.silence else { return false }
        broken += 1
        return true
    }

    mutating func recordCollision() {
        count += 1
        broken += 1
        collisions += 1
        minimum = .zero
        histogram[0] += 1
    }
}
