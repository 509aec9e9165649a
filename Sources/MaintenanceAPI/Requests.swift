/// Asks for something that somebody answers for.
package protocol AttributedRequest: Decodable, Sendable {
    /// Who asks, for the audit trail.
    var by: String { get set }
}

/// Asks for a compartment. Body of `POST /v1/lockers/work`.
package struct LockerRequest: AttributedRequest, Codable, Hashable, Sendable {
    package enum Act: String, Codable, Hashable, Sendable {
        /// Opens `compartment`, whatever is in it.
        case release
        /// Opens a free compartment of `size` for a parcel, and makes a pickup code.
        case deposit
        /// Opens the compartment that `code` stands for: a pickup code or a token of the city.
        case pickup
        /// Opens `compartment` for its courier or the house, who takes its parcel back.
        case takeBack
        /// Notes that `compartment` was seen to be empty; opens nothing.
        case clear
    }

    package var act: Act
    package var bank: String
    package var compartment: String?
    package var size: String?
    package var code: String?
    /// Who asks, for the audit trail.
    package var by: String

    package init(
        _ act: Act, bank: String, compartment: String? = nil, size: String? = nil,
        code: String? = nil, by: String
    ) {
        self.act = act
        self.bank = bank
        self.compartment = compartment
        self.size = size
        self.code = code
        self.by = by
    }
}

/// Asks for a door to be released. Body of `POST /v1/doors/release`.
package struct DoorRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var door: String
    /// Who asks.
    package var by: String

    package init(door: String, by: String) {
        self.door = door
        self.by = by
    }
}

/// Overrides a lighting circuit. Body of `POST /v1/lights/override`.
package struct LightRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var circuit: String
    /// 0 is off, 100 is on; `nil` gives the circuit back to its control program.
    package var level: Int?
    /// For how long, in seconds.
    package var seconds: Double?
    package var by: String

    package init(circuit: String, level: Int?, seconds: Double?, by: String) {
        self.circuit = circuit
        self.level = level
        self.seconds = seconds
        self.by = by
    }
}

/// Names an alarm. Body of `POST /v1/alarms/acknowledge` and `/v1/alarms/test`.
package struct AlarmRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var alarm: String
    package var by: String

    package init(alarm: String, by: String) {
        self.alarm = alarm
        self.by = by
    }
}

/// Turns a valve by hand. Body of `POST /v1/valves/turn`.
package struct ValveRequest: AttributedRequest, Codable, Hashable, Sendable {
    package var valve: String
    package var isClosing: Bool
    package var by: String

    package init(valve: String, isClosing: Bool, by: String) {
        self.valve = valve
        self.isClosing = isClosing
        self.by = by
    }
}
