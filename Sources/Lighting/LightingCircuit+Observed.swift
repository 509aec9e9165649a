import GPIO
import Metering
import SiteConfiguration

extension LightingCircuit {
    /// The input lines that the control looks at.
    var observedLines: Set<LineName> {
        var lines: Set<LineName> = []
        for entry in control {
            lines.formUnion(entry.presence.map(\.name))
            if case .line(let line)? = entry.photocell?.source { lines.insert(line.name) }
        }
        return lines
    }

    /// The points that the control and the watch over the lamps look at.
    var observedPoints: Set<PointIdentifier> {
        var points = Set(lampWatch.map { [$0.point] } ?? [])
        for entry in control {
            if case .point(let point, _, _, _)? = entry.photocell?.source { points.insert(point) }
        }
        return points
    }

    func hasPhotocell(at point: PointIdentifier) -> Bool {
        control.contains { entry in
            if case .point(point, _, _, _)? = entry.photocell?.source { true } else { false }
        }
    }
}

extension CircuitState {
    /// Whether this circuit is switched before another, both being due.
    func goesBefore(_ other: CircuitState) -> Bool {
        guard urgency == other.urgency else { return urgency < other.urgency }
        switch (waitingSince, other.waitingSince) {
        case (let mine?, let theirs?): return mine < theirs
        // One that is tried again goes behind those that wait for the first time.
        case (_?, nil): return true
        default: return false
        }
    }
}

extension LightingCommand {
    /// For events.
    var word: String {
        switch self {
        case .on: "on"
        case .off: "off"
        case .level(let level): "\(level)%"
        }
    }
}
