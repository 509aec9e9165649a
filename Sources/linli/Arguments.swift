import ArgumentParser
import MaintenanceAPI

/// The arguments as people write them.
struct Arguments {
    /// What stands for the minus of a negative number, so that it is not taken for an option.
    static let minus: Character = "\u{2212}"

    private let given: [String]

    init(_ given: [String]) {
        self.given = given
    }

    /// The arguments as the parser takes them.
    var words: [String] {
        given.map { word in
            let digits = word.dropFirst()
            guard word.hasPrefix("-"), let first = digits.first, first.isASCII, first.isNumber,
                digits.allSatisfy({ $0.isHexDigit || $0 == "x" || $0 == "X" || $0 == "." })
            else { return word }
            return String(Self.minus) + digits
        }
    }

    /// Whether a program reads what is said.
    var wantJSON: Bool { given.contains("--json") }

    /// What to say where the first words are no command, but like one; `nil` where they are one,
    /// or nothing can be told.
    func misspelt(in command: any ParsableCommand.Type) -> CommandFailure? {
        var command = command
        var path = Self.name(of: command)
        for word in given {
            let known = Self.subcommands(of: command)
            guard !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            if let next = known.first(where: { Self.name(of: $0) == word }) {
                command = next
                path += " \(word)"
                continue
            }
            let names = known.map { Self.name(of: $0) }
            // A default command takes words of its own.
            let nearest = nearestNames(to: word, among: names, count: 1)
            guard command.configuration.defaultSubcommand == nil || !nearest.isEmpty else {
                return nil
            }
            let hint =
                nearest.isEmpty
                ? "there are: \(names.joined(separator: ", "))" : "did you mean \(nearest[0])?"
            return CommandFailure(
                exitCode: 64, message: "there is no command \"\(path) \(word.printable)\"",
                hint: hint)
        }
        return nil
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? String(describing: command).lowercased()
    }

    private static func subcommands(
        of command: any ParsableCommand.Type
    )
        -> [any ParsableCommand.Type]
    {
        // Those of groups are among them.
        command.configuration.subcommands
    }
}
