import Execution
import GPIO
import SiteConfiguration

extension AlarmSystemState {
    /// The alarms of a changed document, which go on where those before have stopped: rules, valves
    /// and outputs that are the same notice nothing.
    ///
    /// An alarm whose own rule has changed is as after a restart: held until its condition is known
    /// to be gone. A test that was under way is none any more.
    package init(_ program: AlarmProgram, after before: AlarmSystemState) {
        let old = before.program
        var rest = before.carriedOver
        let kept = Self.sameRules(program, old)
        for (_, number) in kept { rest.alarms[old.rules[number].configuration.name] = nil }
        let valves = program.valves.map { valve in
            old.placeOfValve[valve.configuration.name].flatMap { place in
                old.valves[place].configuration == valve.configuration ? before.valves[place] : nil
            }
        }
        let keptValves = Set(valves.compactMap { $0?.configuration.name })
        rest.closedValves.removeAll(where: keptValves.contains)
        if !before.hasStarted {
            // Those before have not even taken up what they were to go on with.
            rest.alarms.merge(before.restored.alarms) { $1 }
            rest.closedValves = Array(Set(rest.closedValves + before.restored.closedValves))
                .sorted()
        }
        self.init(program, latches: rest)

        for (place, valve) in valves.enumerated() { if let valve { self.valves[place] = valve } }
        let places = Dictionary(uniqueKeysWithValues: zip(old.points, old.points.indices))
        for (place, point) in program.points.enumerated() {
            if let index = places[point] { points[place] = before.points[index] }
        }
        for (place, line) in program.lines.enumerated() {
            if let index = old.placeOfLine[line.name], old.lines[index] == line {
                lines[place] = before.lines[index]
            }
        }
        for (place, device) in program.devices.enumerated() {
            if let index = old.placeOfDevice[device] { isSilent[place] = before.isSilent[index] }
        }
        for (place, output) in program.outputs.enumerated() {
            let index = old.outputs.firstIndex { $0.target == output.target }
            if let index { outputs[place] = before.outputs[index].carriedOn }
        }
        for (number, oldNumber) in kept {
            rules[number] = before.rules[oldNumber]
            rules[number].deadline = .max
            let (root, oldRoot) = (program.rules[number].root, old.rules[oldNumber].root)
            for offset in 0..<(program.nodes[root].end - root) {
                memory[root + offset] = before.memory[oldRoot + offset]
                truths[root + offset] = before.truths[oldRoot + offset]
            }
            if rules[number].isActive { demand(program.rules[number].demands, by: 1) }
        }
    }

    /// The numbers of rules that are the same, now and before.
    private static func sameRules(
        _ program: AlarmProgram, _ old: AlarmProgram
    ) -> [(now: Int, before: Int)] {
        program.rules.enumerated().compactMap { number, rule in
            guard let other = old.placeOfRule[rule.configuration.name],
                old.rules[other].configuration == rule.configuration
            else { return nil }
            return (number, other)
        }
    }
}

extension OutputState {
    /// Without what the rules want of it; what it was told and has not answered may hold or not.
    fileprivate var carriedOn: OutputState {
        var state = self
        (state.onDemands, state.offDemands) = (0, 0)
        if underWay != nil { (state.underWay, state.confirmed) = (nil, nil) }
        return state
    }
}
