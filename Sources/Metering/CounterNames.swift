/// Which names stand for registers that only count up.
package enum CounterNames {
    /// What is counted.
    private static let quantities: Set<Substring> = [
        "energy", "volume", "mass", "pulses", "pulse", "charge",
    ]
    /// What makes a quantity fall, begin again by itself, or be a part of a number.
    private static let exceptions: Set<Substring> = [
        "net", "netting", "sum", "session", "sincePowerOn", "demand", "maximum", "minimum", "max",
        "min", "hour", "day", "week", "month", "year", "frac", "low", "l", "value", "width",
        "weight", "rate", "current", "previous", "last",
    ]

    /// Whether a point of this name is a counter by its words: `energy.active.import.total` is,
    /// `energy.active.net.total` and `energy.session` are not.
    package static func isCounter(_ name: PointName) -> Bool {
        let words = name.description.split(separator: ".")
        guard let first = words.first else { return false }
        if words.contains(where: exceptions.contains) { return false }
        if words.last == "counter" { return true }
        return words.count > 1 && quantities.contains(first)
    }

    /// Whether a point tells which meter it is.
    package static func isSerialNumber(_ name: PointName) -> Bool {
        name.description == "info.serial" || name.description.hasPrefix("info.serial.")
    }
}
