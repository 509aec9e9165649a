package import Execution

/// A moment of a simulated community: seconds since 1970 on the clock of its time zone.
package struct SimulatedTime: Hashable, Comparable, Sendable {
    package let localSeconds: Double

    package init(localSeconds: Double) {
        self.localSeconds = localSeconds
    }

    package static func < (left: SimulatedTime, right: SimulatedTime) -> Bool {
        left.localSeconds < right.localSeconds
    }

    /// The days since 1970, with their fraction.
    var days: Double { localSeconds / 86_400 }
}

/// Turns the machine's time into the community's: its zone, and a speed.
package struct SimulationClock: Hashable, Sendable {
    /// The wall time at which both agree.
    private let origin: Timestamp
    private let speed: Double
    private let offsetFromUTC: Duration

    /// - Parameters:
    ///   - speed: How many simulated seconds pass in one. 1 is real time.
    ///   - offsetFromUTC: The zone's offset; the simulation has no summer time.
    package init(origin: Timestamp, speed: Double = 1, offsetFromUTC: Duration = .zero) {
        precondition(speed > 0, "time goes forward")
        self.origin = origin
        self.speed = speed
        self.offsetFromUTC = offsetFromUTC
    }

    package func time(at timestamp: Timestamp) -> SimulatedTime {
        let elapsed = Double((timestamp - origin).milliseconds) * speed
        let milliseconds = Double(origin.milliseconds) + elapsed
        return SimulatedTime(localSeconds: milliseconds / 1_000 + offsetFromUTC.inSeconds)
    }
}
