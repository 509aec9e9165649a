import FoundationEssentials
import MaintenanceAPI
import Testing

/// The sample of a street pole where the sun stands as a test wants it: the time is that of the
/// machine, so the pole is where it is noon or midnight now.
///
/// Where no time service keeps the clock of the machine, the lamp must be lit whatever the sun does.
struct StreetPole {
    let scene: Scene

    private static let quiet: KeyValuePairs = [
        "weather/illuminance": "5000", "weather/pm25": "20", "weather/wind.speed": "2",
        "meter/power.active.total": "80", "relays/input.1": "1",
    ]

    /// Puts the pole to where the sun is so many hours past its highest.
    private func move(hoursPastNoon hours: Double) throws {
        let utc = (Date.now.timeIntervalSince1970 / 3_600).truncatingRemainder(dividingBy: 24)
        var longitude = (12 + hours - utc) * 15
        if longitude > 180 { longitude -= 360 }
        if longitude < -180 { longitude += 360 }
        let text = File.text(of: scene.siteFile)
        let place = "{latitude: 5, longitude: \(Int(longitude))}"
        let moved = text.replacing(/location: \{.*\}/, with: "location: \(place)")
        try #require(moved != text)
        try File.write(moved, to: scene.siteFile)
    }

    func passes() async throws {
        try scene.write(sample: "street-pole")
        try move(hoursPastNoon: 12)
        _ = try await scene.startDevices()
        for (point, value) in Self.quiet { try await scene.set(point, value) }
        _ = try await scene.startDaemon()
        try await scene.awaitLine("relays/relay.1", true)
        let isDateKnown = try await scene.status.isClockSynchronized
        print("the pole's clock is \(isDateKnown ? "kept" : "not kept") by a time service")
        try await expectDeadLampIsTold()

        try move(hoursPastNoon: 0)
        let reload: ReloadReport = try await scene.ask("reload")
        #expect(reload.isApplied)
        if isDateKnown {
            try await eventually("it is dark by day") {
                try await scene.circuit("lamp").level == 0
            }
            try await scene.set("weather/illuminance", "5")
            try await eventually("dark clouds light it") {
                try await scene.circuit("lamp").level == 100
            }
        } else {
            try await eventually("it stays lit, for want of the date") {
                let lamp = try await scene.circuit("lamp")
                return lamp.commanded == 100 && lamp.reason.contains("safe state")
            }
        }

        try await scene.set("weather/pm25", "200")
        try await scene.awaitAlarm("air-bad", "active")
        try await scene.set("weather/wind.speed", "20")
        try await scene.awaitAlarm("storm", "active")
        try await scene.set("relays/input.1", "0")
        try await scene.awaitAlarm("door-open", "active")
    }

    private func expectDeadLampIsTold() async throws {
        func isTold() async throws -> Bool {
            try await scene.circuit("lamp").faults.contains { $0.contains("lamps are dead") }
        }
        #expect(try await !isTold())
        try await scene.set("meter/power.active.total", "3")
        try await eventually("the dead lamp is told") { try await isTold() }
        try await scene.set("meter/power.active.total", "80")
    }
}
