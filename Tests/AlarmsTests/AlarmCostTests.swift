import Execution
import GPIO
import Metering
import SiteConfiguration
import Testing

@testable import Alarms

/// What alarms cost at rest. Printed; nothing depends on the machine.
@Suite struct AlarmCostTests {
    @Test func twoHundredRulesAtRest() throws {
        let rules = (0..<200).map { number in
            AlarmConfiguration(
                name: "r\(number)",
                condition: .any([
                    .lasting(.above("d\(number)/gas", 100, hysteresis: 10), .seconds(2)),
                    .below("d\(number)/o2", -5), .line("IN\(number)"),
                ]), actions: [.on("FAN\(number % 16)")], isLatched: true)
        }
        let points = rules.reduce(into: Set<PointIdentifier>()) {
            $0.formUnion($1.condition.points)
        }.sorted()
        let indices = Dictionary(
            uniqueKeysWithValues: points.enumerated().map { ($1, PointIndex($0)) })
        var state = AlarmSystemState(
            AlarmProgram(alarms: rules, valves: [], index: { indices[$0] }))
        var now = Moment(
            monotonic: MonotonicTime(nanoseconds: 0),
            wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: false))
        for case .set(let output, let command) in state.start(at: now) {
            _ = state.handle(.finished(output, command, nil), at: now)
        }
        for number in 0..<200 {
            let change = LineChange(LineName("IN\(number)"), .inactive, at: now.monotonic)
            _ = state.handle(.line(change), at: now)
        }
        let clock = ContinuousClock()
        var random = SeededRandom(seed: 1)
        let readings = (0..<100_000).map { _ in
            Reading(
                PointIndex(Int.random(in: 0..<points.count, using: &random)),
                at: now.wall.timestamp,
                .number(ScaledInteger(Int64.random(in: 0...90, using: &random))))
        }
        var actions = 0
        let changing = clock.measure {
            for reading in readings {
                now.monotonic.nanoseconds += 25_000_000
                actions += state.handle(.reading(reading), at: now).count
            }
        }
        #expect(actions == 0)
        let edges = clock.measure {
            for number in 0..<10_000 {
                let line = LineName("IN\(number % 200)")
                for isActive in [true, false] {
                    let change = LineChange(line, LineState(isActive: isActive), at: now.monotonic)
                    actions += state.handle(.line(change), at: now).count
                }
            }
        }
        let perReading = changing.inSeconds / 100_000
        // 2400 readings a minute is the load of 200 meters; each may be of a point a rule watches.
        let share = perReading * 2_400 / 60
        print(
            "200 rules: \(Int(perReading * 1e9)) ns a changed reading, "
                + "\(Int(edges.inSeconds / 20_000 * 1e9)) ns an edge; "
                + "2400 readings a minute: \(share * 100) % of a core")
    }

    @Test func theLargestDocumentIsMadeReadyInTime() {
        let rules = (0..<1_000).map { number in
            AlarmConfiguration(
                name: "r\(number)",
                condition: .any(
                    (0..<63).map { part in
                        number > 0 && part % 2 == 0
                            ? .alarm("r\(max(0, number - 1 - part))")
                            : .above("d\(part)/p", Int64(number))
                    }), actions: [.on("FAN\(number % 64)")])
        }
        let clock = ContinuousClock()
        var program: AlarmProgram?
        let time = clock.measure {
            program = AlarmProgram(
                alarms: rules.reversed(), valves: [], index: { _ in PointIndex(0) })
        }
        #expect(program?.rules.count == 1_063)
        print("1000 rules of 63 conditions: \(time) to make ready")
    }
}
