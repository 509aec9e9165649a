import Documents
import GPIO
import Metering
import Testing

@testable import SiteConfiguration

@Suite struct AlarmReaderTests {
    private let fixture: AlarmFixture

    init() throws {
        fixture = try AlarmFixture()
    }

    private static let document = """
        valves:
          gas-valve: {close: VALVE1, closed: SHUT1, open: OPEN1, within: 20s, pulse: 2s}
        alarms:
          gas-leak:
            when: {point: gas/lel, above: 10, hysteresis: 2, for: 2s}
            then: [{close: gas-valve}, {on: FAN1}, {off: PUMP1}, {on: stairs-1}, {release: entrance-1}]
            latch: true
            message: 泵房燃气泄漏
          fire:
            when: {any: [{line: SMOKE1}, {all: [{line: SMOKE2, is: inactive}, {not: {alarm: gas-leak}}], for: 1m}]}
            severity: warning
          silence: {when: {any: [{silent: gas}, {missing: gas/lel}, {fault: SMOKE1}]}, severity: info}
          tamper: {when: {any: [{point: gas/status, bit: tamper}, {point: gas/state, equals: alarm}]}}
        """

    @Test func readsWhatAnInstallerWrites() throws {
        let rules = try fixture.read(Self.document)
        let valve = try #require(rules.valves.first)
        #expect(valve.close.name == LineName("VALVE1"))
        #expect(valve.closed?.name == LineName("SHUT1"))
        #expect(valve.openPeriod == .seconds(2))
        #expect(rules.alarms.map(\.name) == ["gas-leak", "fire", "silence", "tamper"])
        let leak = rules.alarms[0]
        let lel = try #require(PointIdentifier("gas/lel"))
        #expect(
            leak.condition
                == .lasting(
                    .point(
                        lel,
                        .outside(
                            above: ScaledInteger(10), below: nil, hysteresis: ScaledInteger(2))),
                    .seconds(2)))
        #expect(leak.isLatched)
        #expect(leak.severity == .alarm)
        #expect(leak.message == "泵房燃气泄漏")
        #expect(leak.actions.count == 5)
        #expect(leak.actions.first == .close(valve: "gas-valve"))
        #expect(leak.actions[3] == .circuit("stairs-1", isOn: true))
        #expect(rules.alarms[1].severity == .warning)
        #expect(rules.alarms[1].condition.lines.count == 2)
        #expect(rules.alarms[2].condition.points == [lel])
    }

    @Test func aLineUnderTwoNamesIsOneLine() throws {
        let rules = try fixture.read(
            """
            alarms:
              one: {when: {line: SMOKE1}, then: [{on: FAN1}]}
              two: {when: {line: "gpiochip0:6"}, then: [{on: "gpiochip0:3"}]}
            """)
        #expect(rules.alarms[0].condition == rules.alarms[1].condition)
        #expect(rules.alarms[0].actions == rules.alarms[1].actions)
    }

    @Test(arguments: AlarmFaultCase.all)
    func reportsTheFault(_ fault: AlarmFaultCase) {
        #expect(fixture.faults(fault.text) == fault.faults)
    }

    @Test func boundsTheNumberOfRules() {
        let rules = (0...AlarmConfiguration.limit).map { "  a\($0): {when: {line: SMOKE1}}" }
        #expect(
            fixture.faults("alarms:\n" + rules.joined(separator: "\n"))
                == ["2:3: alarms: holds 1001; at most 1000 are supported"])
    }

    @Test func boundsTheConditionsOfARule() {
        let many = Array(repeating: "{line: SMOKE1}", count: 64).joined(separator: ", ")
        #expect(
            fixture.faults("alarms:\n  a: {when: {any: [\(many)]}}")
                == ["2:1028: alarms.a.when.any[63]: the rule holds more than 64 conditions"])
        var deep = "{line: SMOKE1}"
        for _ in 0..<8 { deep = "{not: \(deep)}" }
        #expect(
            fixture.faults("alarms:\n  a: {when: \(deep)}")
                == [
                    "2:61: alarms.a.when.not.not.not.not.not.not.not.not: "
                        + "is nested deeper than 8 conditions"
                ])
    }

    @Test(arguments: [
        "{point: gas/count, above: 100000}", "{point: gas/lel, below: 19.5}",
        "{point: gas/temperature, above: 40, below: 5, hysteresis: 2}",
        "{point: gas/lel, above: 10, hysteresis: 10}", "{point: gas/contact, equals: 1}",
        "{point: gas/flow, below: -1}", "{point: gas/status, bit: 15}",
        "{all: [{point: gas/lel, above: 5}, {point: gas/lel, below: 10}]}",
        "{line: gas/contact}", "{line: relays/relay.1.actual, is: inactive, for: 24h}",
    ])
    func takesTheCondition(_ condition: String) {
        #expect(fixture.faults("alarms:\n  a: {when: \(condition)}") == [])
    }

    /// What a community has beside gas: rules alone are enough for it.
    @Test(arguments: [
        // A parking bay is taken; a waste bin is full, or its lid stands open.
        "{when: {point: bay/distance, below: 600, hysteresis: 100, for: 10s}, severity: info}",
        "{when: {point: bin/distance, below: 300, hysteresis: 50, for: 5m}, severity: warning}",
        "{when: {line: relays/relay.3.actual, is: inactive, for: 10m}, severity: warning}",
        // A utility tunnel: bad air, heat, water.
        "{when: {any: [{point: tunnel-air/gas.o2, below: 19.5, hysteresis: 0.5}, {point: tunnel-air/gas.sf6, above: 1000}]}, then: [{on: FAN1}, {on: FAN2}, {on: stairs-1}], latch: true}",
        "{when: {point: tunnel-climate/temperature, above: 45, hysteresis: 5, for: 1m}, then: [{on: FAN1}]}",
        "{when: {point: tunnel-water/level, above: 300, hysteresis: 200}, then: [{on: PUMP1}]}",
        "{when: {all: [{point: tunnel-water/level, above: 300, for: 30m}, {not: {alarm: a}}]}}",
        // A street pole's air, a fitness station that wants looking after, a cabinet door.
        "{when: {any: [{point: pole/pm25, above: 150, hysteresis: 30, for: 15m}, {silent: pole}]}, severity: warning}",
        "{when: {point: fitness/input1.counter, above: 100000}, severity: info, latch: true}",
        "{when: {line: SMOKE2, for: 2s}, severity: warning, message: cabinet open}",
    ])
    func takesTheRule(_ rule: String) {
        let rules = "alarms:\n  a: {when: {line: SMOKE1}}\n  b: \(rule)"
        #expect(fixture.faults(rules) == [])
    }

    /// Every place of a document may be damaged: it is refused with a place, and nothing breaks.
    @Test(arguments: 0..<300)
    func damagedDocumentsAreReadOrRefused(seed: UInt64) {
        var random = SeededMutation(seed: seed)
        let text = random.mutated(Self.document)
        for fault in fixture.faults(text) {
            #expect(fault.contains(":"))
        }
    }
}
