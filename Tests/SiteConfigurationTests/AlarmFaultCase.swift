import Execution
import Testing

/// A document of alarms, and the faults it must bring.
struct AlarmFaultCase: CustomTestStringConvertible {
    let text: String
    let faults: [String]

    var testDescription: String { text }

    /// One condition, at line 2, column 13.
    private static func when(_ condition: String, _ faults: String...) -> AlarmFaultCase {
        AlarmFaultCase(text: "alarms:\n  a: {when: \(condition)}", faults: faults)
    }

    /// One action, at line 2, column 37.
    private static func then(_ action: String, _ faults: String...) -> AlarmFaultCase {
        AlarmFaultCase(
            text: "alarms:\n  a: {when: {line: SMOKE1}, then: [\(action)]}", faults: faults)
    }

    private static func rules(_ text: String, _ faults: String...) -> AlarmFaultCase {
        AlarmFaultCase(text: text, faults: faults)
    }

    static let all = conditions + comparisons + actions + valves + loops

    private static let conditions = [
        when(
            "{line: SMOK1}",
            #"2:20: alarms.a.when.line: the board Test has no line "SMOK1"; did you mean "SMOKE1"?"#
        ),
        when(
            "{point: gs/lel, above: 1}",
            #"2:21: alarms.a.when.point: unknown device "gs"; did you mean "gas"?"#),
        when(
            "{point: gas/lell, above: 1}",
            #"2:21: alarms.a.when.point: detector has no point "lell"; did you mean "lel"?"#),
        when(
            "{point: lel, above: 1}", "2:21: alarms.a.when.point: a point is written device/point"),
        when(
            "{point: gas/hidden, above: 1}",
            "2:21: alarms.a.when.point: gas does not read hidden; list it under its read"),
        when(
            "{point: gas/command.reset, equals: 1}",
            "2:21: alarms.a.when.point: command.reset can only be written"),
        when(
            "{point: gas/serial, equals: 1}",
            "2:21: alarms.a.when.point: gas/serial is a text; only numbers can be compared"),
        when(
            "{silent: gsa}",
            #"2:22: alarms.a.when.silent: unknown device "gsa"; did you mean "gas"?"#),
        when("{alarm: b}", #"2:21: alarms.a.when.alarm: unknown alarm "b"; known are a"#),
        when(
            "{}",
            "2:13: alarms.a.when: is no condition; write one of point, line, silent, missing, fault, alarm, any, all, not"
        ),
        when(
            "{line: SMOKE1, silent: gas}",
            "2:13: alarms.a.when: is several conditions; put them into a list under any or all"),
        when(
            "{lines: SMOKE1}",
            "2:13: alarms.a.when: is no condition; write one of point, line, silent, missing, fault, alarm, any, all, not",
            #"2:14: alarms.a.when.lines: unknown key; did you mean "line"?"#),
        when("{any: []}", "2:19: alarms.a.when.any: is empty; list at least one condition"),
        when(
            "{any: {line: SMOKE1}}",
            "2:19: alarms.a.when.any: expected a list, found a mapping; begin each item with \"- \", or write [ ] around them"
        ),
        when("{line: SMOKE1, above: 3}", "2:28: alarms.a.when.above: has no effect beside line"),
        when("{silent: gas, is: active}", "2:27: alarms.a.when.is: has no effect beside silent"),
        when(
            "{line: SMOKE1, is: on}",
            #"2:32: alarms.a.when.is: unknown word "on"; write active"#),
        when(
            "{line: SMOKE1, for: 25h}", "2:33: alarms.a.when.for: must lie in 100ms...1d, found 25h"
        ),
        when(
            "{line: SMOKE1, for: 2}",
            #"2:33: alarms.a.when.for: expected a time such as 250ms, 10s, 15m, 1h or 90d, found "2"; a unit is missing: 2s are seconds, 2m minutes"#
        ),
        when("{point: broken/lel, above: 1}"),
        AlarmFaultCase(
            text: "alarms:\n  A: {when: {line: SMOKE1}}",
            faults: [
                "2:3: alarms.A: the name must be 1 to 64 lower-case letters, digits, \"-\", \"_\" or \".\", the first a letter or digit"
            ]),
        AlarmFaultCase(
            text: "alarms:\n  a: {then: [{on: FAN1}]}",
            faults: [#"2:6: alarms.a: "when" is missing"#]),
    ].filter { !$0.faults.isEmpty }

    private static let comparisons = [
        when(
            "{point: gas/lel}",
            "2:13: alarms.a.when: the point is compared with nothing; write above, below, equals or bit"
        ),
        when(
            "{point: gas/lel, above: 1, equals: 3}",
            "2:13: alarms.a.when: above and below, equals, and bit are different conditions; write one"
        ),
        when(
            "{point: gas/lel, above: 5, below: 10}",
            "2:37: alarms.a.when.above: 5 is not more than below, 10, so every value would be an alarm; for a value between the two write each under all"
        ),
        when(
            "{point: gas/lel, above: 5, below: 5.0}",
            "2:37: alarms.a.when.above: 5 is not more than below, 5.0, so every value would be an alarm; for a value between the two write each under all"
        ),
        when(
            "{point: gas/lel, above: 100}",
            "2:37: alarms.a.when.above: can never be so: lel is at most 100"),
        when(
            "{point: gas/count, below: 0}",
            "2:39: alarms.a.when.below: can never be so: count is at least 0"),
        when(
            "{point: gas/contact, above: 1}",
            "2:41: alarms.a.when.above: can never be so: contact is at most 1"),
        when(
            "{point: gas/lel, above: 10, hysteresis: 11}",
            "2:53: alarms.a.when.hysteresis: is too wide: the alarm would end at -1, and lel is at least 0"
        ),
        when(
            "{point: gas/temperature, below: 80, hysteresis: 6}",
            "2:61: alarms.a.when.hysteresis: is too wide: the alarm would end at 86, and temperature is at most 85"
        ),
        when(
            "{point: gas/temperature, above: 20, below: 18, hysteresis: 1.5}",
            "2:72: alarms.a.when.hysteresis: is too wide: the marks are too close together for it"),
        when(
            "{point: gas/lel, above: 10, hysteresis: -1}",
            "2:53: alarms.a.when.hysteresis: must not be negative, found -1"),
        when(
            "{point: gas/state, equals: alarm, hysteresis: 1}",
            "2:47: alarms.a.when.hysteresis: has no effect without above or below"),
        when(
            "{point: gas/state, equals: alrm}",
            #"2:40: alarms.a.when.equals: state has no state "alrm"; did you mean "alarm"?"#),
        when(
            "{point: gas/contact, equals: 2}",
            "2:42: alarms.a.when.equals: can never be so: contact is never 2"),
        when(
            "{point: gas/flow, equals: 2}",
            "2:39: alarms.a.when.equals: flow is seldom exactly a number; write above and below"),
        when(
            "{point: gas/status, bit: tamperr}",
            #"2:38: alarms.a.when.bit: status has no bit "tamperr"; did you mean "tamper"?"#),
        when(
            "{point: gas/status, bit: 16}", "2:38: alarms.a.when.bit: must lie in 0...15, found 16"),
        when("{point: gas/flow, bit: 1}", "2:36: alarms.a.when.bit: flow is no status word"),
        when(
            "{point: gas/lel, above: much}",
            #"2:37: alarms.a.when.above: expected a number, found "much""#),
    ]

    private static let actions = [
        then(
            "{on: FAN3}",
            #"2:41: alarms.a.then[0].on: no line and no lighting circuit is called "FAN3"; known are FAN1, FAN2, OPEN1, PUMP1, SHUT1, SMOKE1, SMOKE2, VALVE1, both, stairs-1"#
        ),
        then(
            "{on: stair-1}",
            #"2:41: alarms.a.then[0].on: no line and no lighting circuit is called "stair-1"; did you mean "stairs-1"?"#
        ),
        then(
            "{on: relays/relay.9}",
            #"2:41: alarms.a.then[0].on: wb-mr6c has no point "relay.9"; there are relay.1, relay.2, relay.3, relay.4, relay.5, relay.6"#
        ),
        then(
            "{on: gas/lel}",
            "2:41: alarms.a.then[0].on: gas/lel cannot be switched; it is only read"),
        then(
            "{on: both}",
            "2:41: alarms.a.then[0].on: both is a lighting circuit and a line of the board; rename one"
        ),
        then(
            "{on: entrance-1}",
            "2:41: alarms.a.then[0].on: entrance-1 is a door; write release: entrance-1"),
        then(
            "{release: entrance-2}",
            #"2:46: alarms.a.then[0].release: unknown door "entrance-2"; known are entrance-1"#
        ),
        then(
            "{stop: charger-2}",
            #"2:43: alarms.a.then[0].stop: unknown charger or group of chargers "charger-2"; known are charger-1, garage"#
        ),
        then(
            "{off: garage}",
            "2:42: alarms.a.then[0].off: garage charges cars; write stop: garage"),
        then(
            "{stop: garage}, {stop: garage}",
            "2:52: alarms.a.then[1]: acts on the same as line 2 of this rule"),
        then("{close: gas}", #"2:44: alarms.a.then[0].close: unknown valve "gas""#),
        then(
            "{open: gas}",
            "2:37: alarms.a.then[0].open: no rule opens a valve; that is done by hand, with its own command"
        ),
        then("{}", "2:36: alarms.a.then[0]: is no action; write close, on, off, release or stop"),
        then(
            "{on: FAN1, off: FAN2}",
            "2:36: alarms.a.then[0]: is several actions; write each as an item of its own"),
        then(
            "{on: FAN1}, {off: \"gpiochip0:3\"}",
            "2:48: alarms.a.then[1]: acts on the same as line 2 of this rule"),
        then("", "2:35: alarms.a.then: is empty; leave it out for an alarm that is only told"),
        rules(
            "alarms:\n  a: {when: {line: SMOKE1}, latch: yes, severity: bad}",
            #"2:36: alarms.a.latch: expected true or false, found "yes"; write true"#,
            #"2:51: alarms.a.severity: unknown word "bad"; known are alarm, info, warning"#),
    ]

    private static let valves = [
        rules(
            "valves:\n  v: {close: VALVE1, closed: VALVE1}",
            "2:30: valves.v.closed: VALVE1 is already used at valves.v.close, line 2"),
        rules(
            "valves:\n  v: {close: VALVE1, closed: SHUT1}\n  w: {close: \"gpiochip0:0\", closed: none}",
            "3:14: valves.w.close: gpiochip0:0 is already used at valves.v.close, line 2"),
        rules(
            "valves:\n  v: {close: VALVE1, closed: none}\nalarms:\n  a: {when: {line: SMOKE1}, then: [{on: VALVE1}]}",
            "4:41: alarms.a.then[0].on: VALVE1 is already used at valves.v.close, line 2"),
        rules("valves:\n  v: {close: VALVE1}", #"2:6: valves.v: "closed" is missing"#),
        rules(
            "valves:\n  v: {close: VALVE1, closed: none, contactMeans: open}",
            "2:36: valves.v.contactMeans: has no effect: the valve has no contact"),
        rules(
            "valves:\n  v: {close: VALVE1, closed: none, within: 5s, pulse: 6s}",
            "2:55: valves.v.pulse: is longer than the 5s the valve may take; raise within"),
        rules(
            "valves:\n  v: {close: VALVE1, closed: none, within: 0s}",
            "2:44: valves.v.within: must lie in 1s...10m, found 0s"),
        rules(
            "valves:\n  v: {close: VALVE1, closed: none}\nalarms:\n  a: {when: {line: SMOKE1}, then: [{on: v}]}",
            "4:41: alarms.a.then[0].on: v is a valve; write close: v"),
        // A valve with a fault of its own is not reported again where it is named.
        rules(
            "valves:\n  v: {close: NONE, closed: none}\nalarms:\n  a: {when: {line: SMOKE1}, then: [{close: v}]}",
            #"2:14: valves.v.close: the board Test has no line "NONE"; known are FAN1, FAN2, OPEN1, PUMP1, SHUT1, SMOKE1, SMOKE2, VALVE1, both"#
        ),
    ]

    private static let loops = [
        when("{alarm: a}", "2:3: alarms.a: acts on itself in a loop: a → a"),
        when(
            "{not: {any: [{alarm: a}, {line: SMOKE1}]}}",
            "2:3: alarms.a: acts on itself in a loop: a → a"),
        rules(
            "alarms:\n  a: {when: {alarm: c}}\n  b: {when: {alarm: a}}\n  c: {when: {alarm: b}}\n  d: {when: {alarm: c}}",
            "2:3: alarms.a: acts on itself in a loop: a → b → c → a"),
        rules(
            "alarms:\n  a: {when: {line: SMOKE1}, then: [{on: FAN1}]}\n  b: {when: {line: FAN1}, then: [{on: SMOKE1}]}",
            "3:20: alarms.b.when.line: FAN1 is already used at alarms.a.then[0].on, line 2",
            "3:39: alarms.b.then[0].on: SMOKE1 is already used at alarms.a.when.line, line 2"),
        rules(
            "alarms:\n  a: {when: {line: FAN1}, then: [{off: \"gpiochip0:3\"}]}",
            "2:40: alarms.a.then[0].off: gpiochip0:3 is already used at alarms.a.when.line, line 2"),
        rules(
            "alarms:\n  a: {when: {point: relays/relay.1, equals: 0}, then: [{on: stairs-1}]}",
            "2:3: alarms.a: acts on itself in a loop: a → relays/relay.6 → a"),
        rules(
            "alarms:\n  a: {when: {point: relays/relay.2.actual, equals: 0}, then: [{on: relays/relay.2}]}",
            "2:3: alarms.a: acts on itself in a loop: a → relays/relay.2 → a"),
        rules(
            "alarms:\n  a: {when: {line: gas/contact}, then: [{on: relays/relay.1}]}\n  b: {when: {point: relays/relay.1, equals: 1}, then: [{on: relays/relay.2}]}\n  c: {when: {any: [{alarm: b}, {point: relays/relay.2.actual, equals: 1}]}, then: [{off: {line: relays/relay.1, activeLow: true}}]}",
            "4:97: alarms.c.then[0].off.line: relays/relay.1 is active at another level at alarms.a.then[0].on, line 2"
        ),
        rules(
            "alarms:\n  a: {when: {alarm: c}, then: [{on: relays/relay.1}]}\n  b: {when: {point: relays/relay.1, equals: 1}, then: [{on: relays/relay.2}]}\n  c: {when: {point: relays/relay.2, equals: 1}}",
            "2:3: alarms.a: acts on itself in a loop: a → relays/relay.1 → b → relays/relay.2 → c → a"
        ),
        // Two loops that share nothing are two faults.
        rules(
            "alarms:\n  a: {when: {alarm: a}}\n  b: {when: {alarm: b}}",
            "2:3: alarms.a: acts on itself in a loop: a → a",
            "3:3: alarms.b: acts on itself in a loop: b → b"),
        // A fork that comes together again is no loop.
        AlarmFaultCase(
            text:
                "alarms:\n  a: {when: {line: SMOKE1}}\n  b: {when: {alarm: a}}\n  c: {when: {alarm: a}}\n  d: {when: {all: [{alarm: b}, {alarm: c}]}}",
            faults: []),
    ]
}

/// Damages a text in a few places.
struct SeededMutation {
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func mutated(_ text: String) -> String {
        var characters = Array(text)
        let words = ["{", "}", "[", "]", ":", ",", "\n", " ", "-1", "any", "not", "a", "\"", "0"]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<characters.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: characters.remove(at: place)
            case 1:
                characters.insert(contentsOf: words.randomElement(using: &random)!, at: place)
            default:
                let end = min(characters.count, place + Int.random(in: 1...20, using: &random))
                characters.removeSubrange(place..<end)
            }
        }
        return String(characters)
    }
}
