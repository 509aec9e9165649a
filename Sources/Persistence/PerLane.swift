package import Telemetry

/// One value for each lane.
package struct PerLane<Value> {
    package var alarm: Value
    package var event: Value
    package var reading: Value

    package init(repeating value: Value) {
        alarm = value
        event = value
        reading = value
    }

    package subscript(lane: Lane) -> Value {
        get {
            switch lane {
            case .alarm: alarm
            case .event: event
            case .reading: reading
            }
        }
        set {
            switch lane {
            case .alarm: alarm = newValue
            case .event: event = newValue
            case .reading: reading = newValue
            }
        }
    }
}

extension PerLane: Equatable where Value: Equatable {}
extension PerLane: Hashable where Value: Hashable {}
extension PerLane: Sendable where Value: Sendable {}
