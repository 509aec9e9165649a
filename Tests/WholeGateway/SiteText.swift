import Glibc

/// The site document of a simulated community.
struct SiteText {
    let deviceCount: Int
    let interval: String
    private(set) var version = 1

    init(deviceCount: Int, interval: String) {
        self.deviceCount = deviceCount
        self.interval = interval
    }

    var text: String {
        var lines = [
            "version: \(version)",
            "site: {id: vopr, name: Village of Probability, timeZone: Asia/Shanghai}",
            "buses:",
        ]
        let profiles = ["eastron-sdm120", "chint-ddsu666", "eastron-sdm630", "diehl-sharky-775"]
        let count = (deviceCount + 9) / 10
        for bus in 0..<count {
            lines.append(
                bus % 2 == 0
                    ? "  riser-\(bus): {serial: /dev/ttyS\(bus), baudRate: 9600, parity: even}"
                    : "  plant-\(bus): {tcp: \"10.0.0.\(bus):502\"}")
        }
        lines.append("devices:")
        for device in 0..<deviceCount {
            let bus = device / 10
            lines.append(
                "  m\(device): {profile: \(profiles[device % profiles.count]), "
                    + "bus: \(bus % 2 == 0 ? "riser" : "plant")-\(bus), unit: \(device % 10 + 1), "
                    + "every: \(device % 7 == version % 7 ? "1m" : interval)}")
        }
        lines += Self.mechanisms
        lines += [
            "destinations:",
            "  city: {mqtt: {url: \"mqtt://city\"}, format: linli, share: everything}",
            "  heat: {mqtt: {url: \"mqtt://heat\"}, format: linli-json, "
                + "share: {kinds: [heat-meter], every: 1h}}",
            "cache: {size: 64MiB, age: 30d, sealEvery: 10s}",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// What hangs on the lines of the board: see ``Building``.
    private static var mechanisms: [String] {
        var lines = ["lockers:", "  wall:", "    supply: {strikesAtOnce: 2}", "    compartments:"]
        let sizes = ["small", "medium", "large"]
        for place in Building.compartments {
            lines.append(
                "      A\(place): {strike: \"gpiochip0:\(place)\", "
                    + "contact: \"gpiochip0:\(Building.contacts.lowerBound + place)\", "
                    + "size: \(sizes[place % 3])}")
        }
        lines += [
            "doors:",
            "  entrance: {strike: \"gpiochip0:\(Building.doorStrike)\", "
                + "contact: \"gpiochip0:\(Building.doorContact)\", "
                + "exit: \"gpiochip0:\(Building.exitButton)\"}",
            "valves:",
            "  main: {close: \"gpiochip0:\(Building.valve)\", "
                + "closed: \"gpiochip0:\(Building.shut)\"}",
            "alarms:",
            "  leak: {when: {line: \"gpiochip0:\(Building.gas)\"}, "
                + "then: [{close: main}, {on: \"gpiochip0:\(Building.fan)\"}]}",
        ]
        return lines
    }

    /// Writes the document.
    ///
    /// - Parameter isFaulty: Whether it is one that no gateway may take over.
    mutating func write(to path: String, version: Int, isFaulty: Bool) throws {
        if !isFaulty { self.version = version }
        guard let file = fopen(path, "w") else { throw SiteNotWritten() }
        fputs(isFaulty ? text.replacing("unit: 1,", with: "unit: 999,") : text, file)
        fclose(file)
    }
}

struct SiteNotWritten: Error {}
