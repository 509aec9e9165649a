import ArgumentParser
import Simulation

/// `linli-sim fault`: breaks a device of a running simulation, or mends it.
struct FaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault",
        abstract: "Break a device of a running simulation, or mend it.",
        discussion: """
            Faults: \(Fault.usage).

            A percentage at the end strikes only some of the requests: `corrupt 10%`.
            """)

    @Argument(help: "A device, a bus for all its devices, or `all`.")
    var target: String
    @Argument(help: "The fault and what belongs to it, such as `slow 400ms`.")
    var fault: [String]
    @OptionGroup var connection: ControlOptions

    func validate() throws {
        guard FaultSetting(text: fault.joined(separator: " ")) != nil else {
            throw ValidationError(
                "\"\(fault.joined(separator: " "))\" is no fault. Faults: \(Fault.usage)")
        }
    }

    func run() throws {
        try connection.wish("fault \(target) \(fault.joined(separator: " "))")
    }
}

/// Where a running simulation listens.
struct ControlOptions: ParsableArguments {
    @Option(help: "The control socket of the simulation, as given to `run --control`.")
    var control: String

    func ask(_ line: String) throws -> String {
        do throws(ControlError) {
            return try ControlClient.ask(line, at: control)
        } catch {
            complain("\(error); is `linli-sim run --control \(control)` running?")
            throw ExitStatus.unavailable
        }
    }
}
