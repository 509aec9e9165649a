import DeviceProfiles
import Metering
import Testing

@testable import SiteConfiguration

@Suite struct ChargingGroupConfigurationTests {
    private let fixture: ChargingFixture

    init() throws {
        fixture = try ChargingFixture()
    }

    private func charger(_ name: String) throws -> ChargerConfiguration {
        let groups = try fixture.read(ChargingFixture.valid)
        return try #require(groups.flatMap(\.chargers).first { $0.name == name })
    }

    @Test func readsWhatIsWritten() throws {
        let groups = try fixture.read(ChargingFixture.valid)
        #expect(groups.map(\.name) == ["garage", "yard"])
        let garage = groups[0]
        #expect(garage.limit == 63)
        #expect(garage.minimum == 8)
        #expect(garage.turn == .seconds(600))
        #expect(garage.chargers.map(\.maximum) == [32, 16, 32])
        #expect(garage.chargers.map(\.fallback) == [nil, 8, nil])
        #expect(garage.chargers[2].phases == [.l2])
        #expect(garage.feeder?.withoutReadings == 24)
        #expect(garage.feeder?.includesChargers == true)
        let yard = groups[1]
        #expect(yard.minimum == 6)
        #expect(yard.chargers.map(\.maximum) == [16, 20], "of its model, of the document")
        #expect(yard.chargers[1].phases == [.l3, .l1, .l2])
    }

    @Test func aFallbackThatNobodyKnowsIsAllItCanDraw() throws {
        let text = ChargingFixture.valid.replacing(", fallback: 8", with: "")
        #expect(try fixture.read(text)[0].chargers[1].fallback == 16)
    }

    /// When the gateway is gone, all that can be set stay within the limit together.
    @Test func whatAllFallBackToFitsTheLimit() throws {
        let groups = try fixture.read(ChargingFixture.valid)
        #expect(groups[0].fallback == 8, "24 A for three while the feeder cannot be read")
        #expect(groups[1].fallback == 8, "16 A for two")
        let text = ChargingFixture.valid.replacing("limit: 16", with: "limit: 11")
        #expect(try fixture.read(text)[1].fallback == 0, "5.5 A each is less than the least")
    }

    @Test func whatMustBeKnownIsReadWhateverTheDeviceReads() throws {
        let text = "charging:\n  a: {limit: 16, maximum: 16, chargers: [alfen-1]}"
        let sensed = try fixture.sections(text).sensed.map(\.description).sorted()
        #expect(
            sensed == [
                "alfen-1/current.l1", "alfen-1/current.l2", "alfen-1/current.l3",
                "alfen-1/energy.active.import.total", "alfen-1/status.charging",
            ])
    }

    @Test(
        arguments: [
            ("keba-1", 16, ["command.current=16.000"]), ("keba-1", 0, ["command.current=0.000"]),
            ("phoenix-1", 13, ["command.current=13", "command.enable=1"]),
            ("phoenix-1", 0, ["command.enable=0"]), ("wall-1", 10, ["command.current=10.0"]),
            ("etek-1", 6, ["command.pwm.duty=10.00", "command.remote=1"]),
            ("etek-1", 16, ["command.pwm.duty=26.66", "command.remote=1"]),
            ("etek-1", 0, ["command.remote=2"]), ("abb-1", 6, ["command.current=6.000"]),
        ])
    func isToldInItsOwnWords(name: String, current: Int, expected: [String]) throws {
        let settings = try charger(name).settings(for: Amperes(current))
        #expect(settings.map { "\($0.point)=\($0.value)" } == expected)
    }

    /// What a P40 takes for a pause, a P30 takes for a mistake.
    @Test(arguments: [
        (16, ["command.current=16.000", "command.enable=1"]), (0, ["command.enable=0"]),
    ])
    func aP30IsPausedByItsSwitch(current: Int, expected: [String]) throws {
        let text = "charging:\n  a: {limit: 32, maximum: 32, chargers: [p30-1]}"
        let charger = try #require(try fixture.read(text).first?.chargers.first)
        let settings = charger.settings(for: Amperes(current))
        #expect(settings.map { "\($0.point)=\($0.value)" } == expected)
    }

    @Test func isSetUpInItsOwnWords() throws {
        let settings = try charger("wall-1").preparation(fallback: 8)
        #expect(
            settings.map { "\($0.point)=\($0.value)" } == [
                "config.standby=4", "config.failsafe.current=8",
            ])
        #expect(
            try charger("keba-1").preparation(fallback: 0).map { "\($0.point)=\($0.value)" }
                == ["command.failsafe.current=0"])
        #expect(try !charger("abb-1").needsPreparation)
    }
}
