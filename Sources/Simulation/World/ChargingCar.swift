package import Execution

/// What stands at a charging point: cars that come, draw what their charger lets them, and go.
///
/// Pure: the caller says when it is, and what the charger has been told. A car follows what it
/// may draw within 3 s downwards, and ampere by ampere upwards.
package struct ChargingCar: Hashable, Sendable {
    /// What people, and cars, do.
    package enum Habit: String, CaseIterable, Hashable, Sendable {
        /// Cars come and go by chance, and leave when they are full.
        case usual
        /// A car stays, and charges as long as it may.
        case plugged
        case unplugged
        /// A car stays and draws nothing.
        case full
        /// A car draws all it can, whatever its charger was told.
        case greedy
    }

    package var habit = Habit.usual
    /// Of a conductor, in amperes.
    package private(set) var current = 0.0
    package private(set) var hasCar = false
    /// Since the car was plugged in, and of all cars.
    package private(set) var sessionWattHours = 0.0
    package private(set) var totalWattHours: Double
    private let conductors: Int
    private var random: SeededRandom
    private var last: MonotonicTime?
    private var change: MonotonicTime?
    /// How much the car takes.
    private var appetite = 0.0
    /// The most the car's own charger takes, in amperes.
    private var limit = 32.0

    /// The least that a pilot can grant, in amperes. Source: IEC 61851-1, annex A.
    static let leastGrant = 6.0
    static let voltage = 230.0

    package init(conductors: Int, seed: UInt64) {
        self.conductors = conductors
        random = SeededRandom(seed: seed)
        totalWattHours = Double.random(in: 10_000...2_000_000, using: &random).rounded()
    }

    /// Lets time pass.
    ///
    /// - Parameters:
    ///   - granted: What the charger has been told, in amperes; 0 where it pauses.
    ///   - maximum: What the charger itself can deliver, in amperes.
    package mutating func step(granted: Double, maximum: Double, at now: MonotonicTime) {
        let elapsed = (last ?? now).duration(to: now).inSeconds
        last = now
        comeAndGo(at: now)
        let wattHours = current * Self.voltage * Double(conductors) * elapsed / 3_600
        sessionWattHours += wattHours
        totalWattHours += wattHours
        var goal = granted < Self.leastGrant ? 0 : min(granted, maximum, limit)
        if habit == .greedy { goal = min(maximum, limit) }
        if !hasCar || isFull { goal = 0 }
        if !hasCar {
            current = 0
        } else if goal < current {
            current = max(goal, current - elapsed * max(current, 20) / 3)
        } else {
            current = min(goal, current + elapsed * 4)
        }
    }

    /// Whether current flows.
    package var isCharging: Bool { current > 0.05 }

    private var isFull: Bool {
        habit == .full || (habit == .usual && sessionWattHours >= appetite)
    }

    private mutating func comeAndGo(at now: MonotonicTime) {
        switch habit {
        case .plugged, .full, .greedy:
            if !hasCar { plugIn() }
            change = nil
        case .unplugged:
            hasCar = false
            change = nil
        case .usual:
            if let change, change <= now {
                if hasCar { hasCar = false } else { plugIn() }
                self.change = nil
            }
            guard change == nil, !hasCar || isFull else { return }
            let pause = Double.random(in: hasCar ? 300...3_600 : 600...7_200, using: &random)
            change = now.advanced(by: .seconds(pause))
        }
    }

    private mutating func plugIn() {
        hasCar = true
        sessionWattHours = 0
        appetite = Double.random(in: 5_000...40_000, using: &random)
        // Source of the sizes: on-board chargers take 16 A or 32 A of a conductor.
        limit = Bool.random(using: &random) ? 16 : 32
        if habit != .usual { limit = 32 }
    }
}
