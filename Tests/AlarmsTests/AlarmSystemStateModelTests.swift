import Execution
import GPIO
import Metering
import SiteConfiguration
import Testing

@testable import Alarms

/// Random rules and random happenings against ``ReferenceAlarms``.
@Suite struct AlarmSystemStateModelTests {
    @Test(arguments: 0..<200)
    func alarmsAndOutputsAreWhatTheyOughtToBe(seed: UInt64) throws {
        var generator = RandomRules(seed: seed)
        let rules = generator.rules()
        var random = SeededRandom(seed: seed &+ 1_000)
        var scene = AlarmScene(rules, valves: [RandomRules.valve])
        let reference = ReferenceAlarms(rules + Supervision.rules(for: rules))
        reference.happens(.nothing, at: scene.now.monotonic)
        scene.afterStep = { scene, input in
            if input == .tick { reference.happens(.nothing, at: scene.now.monotonic) }
        }
        var isShut = false
        for step in 0..<50 {
            let pause = Duration.milliseconds(Int.random(in: 0...20, using: &random) * 100)
            if Int.random(in: 0..<4, using: &random) == 0 {
                scene.oversleep(pause)
            } else {
                scene.pass(pause)
            }
            try happen(in: &scene, reference, using: &random)
            let expected = reference.active
            #expect(scene.active == expected, "step \(step)")
            let wanted = wanted(by: rules.filter { expected.contains($0.name) }, of: rules)
            for (output, command) in wanted {
                #expect(scene.outputs[output] ?? .letGo == command, "step \(step): \(output)")
            }
            if rules.contains(where: {
                expected.contains($0.name) && $0.actions.contains(.close(valve: "valve"))
            }) {
                isShut = true
            }
            // Once shut, it stays shut; an alarm may also have come and gone between two steps.
            if isShut { #expect(scene.valve("valve")?.isCommandedClosed == true) }
            if scene.active != expected { return }
        }
    }

    private func happen(
        in scene: inout AlarmScene, _ reference: ReferenceAlarms, using random: inout SeededRandom
    ) throws {
        let now = scene.now.monotonic
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9:
            let point = RandomRules.points.randomElement(using: &random)!
            let tenths = Int64.random(in: 0...160, using: &random)
            let value = ScaledInteger(
                Bool.random(using: &random) ? tenths / 10 * 10 : tenths, exponent: -1)
            let isMissing = Int.random(in: 0..<5, using: &random) == 0
            let isDoubtful = Int.random(in: 0..<6, using: &random) == 0
            reference.happens(
                .reading(point, isMissing ? nil : value, isDoubtful: isDoubtful), at: now)
            scene.read(
                point.description, isMissing ? nil : value.description, uncertain: isDoubtful)
        case 9..<15:
            let line = RandomRules.lines.randomElement(using: &random)!
            let state = [true, false, true, false, nil].randomElement(using: &random)!
            reference.happens(.line(line, state), at: now)
            scene.sense(line, state)
        case 15, 16:
            let device = RandomRules.devices.randomElement(using: &random)!
            let isSilent = Bool.random(using: &random)
            reference.happens(.silent(device, isSilent), at: now)
            scene.silence(device.description, isSilent)
        default:
            // Time passes for the state before the command arrives, as it does for the reference.
            scene.handle(.tick)
            guard let name = scene.active.sorted().randomElement(using: &random) else { return }
            reference.happens(.acknowledge(name), at: now)
            try scene.acknowledge(name)
        }
    }

    /// What outputs have to be while these alarms are active.
    private func wanted(
        by active: [AlarmConfiguration], of all: [AlarmConfiguration]
    ) -> [AlarmOutput: AlarmCommand] {
        var wanted: [AlarmOutput: AlarmCommand] = [:]
        let everything = all.flatMap(\.actions)
        let now = active.flatMap(\.actions)
        for action in everything {
            switch action {
            case .close: break
            case .line(let line, _):
                let isOnlySwitchedOff = !everything.contains(.line(line, isOn: true))
                wanted[.line(line.name)] =
                    now.contains(.line(line, isOn: false))
                    ? .off : now.contains(.line(line, isOn: true)) || isOnlySwitchedOff ? .on : .off
            case .circuit(let name, _):
                wanted[.circuit(name)] = now.contains(action) ? .on : .letGo
            case .release(let name): wanted[.door(name)] = now.contains(action) ? .on : .letGo
            case .stop(let name): wanted[.charging(name)] = now.contains(action) ? .on : .letGo
            }
        }
        return wanted
    }

    /// Outputs break and are mended while alarms come and go: in the end all are as wanted.
    @Test(arguments: 0..<100)
    func brokenOutputsComeToWhatIsWanted(seed: UInt64) throws {
        var generator = RandomRules(seed: seed)
        let rules = generator.rules()
        var random = SeededRandom(seed: seed &+ 2_000)
        var scene = AlarmScene(rules, valves: [RandomRules.valve])
        let reference = ReferenceAlarms(rules)
        for _ in 0..<60 {
            let target = scene.program.targets.randomElement(using: &random)!
            switch Int.random(in: 0..<4, using: &random) {
            case 0: scene.broken[target] = .silent
            case 1: scene.broken[target] = nil
            case 2: scene.slow.insert(target)
            default: scene.finishSlow()
            }
            try happen(in: &scene, reference, using: &random)
            scene.pass(.milliseconds(Int.random(in: 0...2_000, using: &random)))
        }
        scene.broken = [:]
        scene.finishSlow()
        scene.pass(.seconds(11))
        for output in scene.state.status.outputs {
            #expect(output.confirmed == output.wanted)
            #expect(output.fault == nil)
        }
    }

    /// A restart at any moment: what was latched is active again, and acts.
    @Test(arguments: 0..<100)
    func latchesOutlastARestart(seed: UInt64) throws {
        var generator = RandomRules(seed: seed, withSilence: false)
        let rules = generator.rules()
        var random = SeededRandom(seed: seed &+ 3_000)
        var scene = AlarmScene(rules, valves: [RandomRules.valve])
        let reference = ReferenceAlarms(rules)
        for _ in 0..<40 {
            scene.pass(.milliseconds(Int.random(in: 0...2_000, using: &random)))
            try happen(in: &scene, reference, using: &random)
            #expect(scene.saved ?? AlarmLatches() == scene.state.latches)
        }
        let latched = scene.active.filter { name in
            rules.contains { $0.name == name && $0.isLatched }
        }
        let after = AlarmScene(rules, valves: [RandomRules.valve], latches: scene.state.latches)
        #expect(latched.isSubset(of: after.active))
        for (name, status) in latched.map({ ($0, after.alarm($0)) }) {
            #expect(status?.acknowledgedBy == scene.alarm(name)?.acknowledgedBy)
            #expect(status?.raisedAt == scene.alarm(name)?.raisedAt)
        }
        #expect(
            after.valve("valve")?.isCommandedClosed == scene.valve("valve")?.isCommandedClosed)
        for action in rules.filter({ latched.contains($0.name) }).flatMap(\.actions) {
            if case .line(let line, isOn: false) = action {
                #expect(after.outputs[.line(line.name)] == .off)
            }
        }
    }
}
