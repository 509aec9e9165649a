import ArgumentParser

/// `linli-sim set`: makes a point of a simulated device hold a number.
struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Make a point of a running simulation hold a number.",
        discussion: "For example gas in a room: linli-sim set gas-room/gas.lel 25 --control …")

    @Argument(help: "The point, written device/point.")
    var point: String
    @Argument(help: "The number, in the unit of the profile.")
    var number: String
    @OptionGroup var connection: ControlOptions

    func run() throws { try connection.wish("set \(point) \(number)") }
}

/// `linli-sim hand`: does what people do to doors, valves and chargers.
struct HandCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hand",
        abstract: "Do to a door, a compartment, a valve or a charger what people do to it.",
        discussion: """
            Doors (entrance-1) and compartments (east-gate/A01): force, close, jam, leave-open, \
            ignore, usual. Valves: stick, loosen. Chargers: plug (a car comes and charges as long \
            as it may), unplug, fill (its car draws nothing more), overdraw (it draws all it can), break, \
            usual (cars come and go by chance). `linli-sim status` shows how they stand.
            """)

    @Argument(help: "The door, compartment, valve or charger.")
    var name: String
    @Argument(help: "What is done to it, such as force.")
    var act: String
    @OptionGroup var connection: ControlOptions

    func run() throws { try connection.wish("hand \(name) \(act)") }
}

extension ControlOptions {
    /// Asks for something to be done, and prints what came of it.
    func wish(_ line: String) throws {
        let answer = try ask(line)
        guard answer.hasPrefix("ok") else {
            complain(answer.hasPrefix("error ") ? String(answer.dropFirst(6).dropLast()) : answer)
            throw ExitStatus.unavailable
        }
        say(String(answer.dropFirst(3)), terminator: "")
    }
}
