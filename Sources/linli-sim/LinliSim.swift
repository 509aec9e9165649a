import ArgumentParser

/// A simulated community for a site document, and the city it reports to.
@main
struct LinliSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linli-sim",
        abstract: "A simulated community: its meters on Modbus, and the city's platform.",
        discussion: """
            Start the meters of a site document:

                linli-sim run --site site.yaml --control run/sim.sock

            Then, while the gateway reads them, break one and see:

                linli-sim fault b1-u101-elec silent --control run/sim.sock
                linli-sim status --control run/sim.sock

            Stand for the city at the broker:

                linli-sim platform --broker mqtts://localhost:8883 --ca ca.pem \\
                    --cert city.pem --key city.key --site my-site --destination city
            """,
        subcommands: [
            RunCommand.self, FaultCommand.self, SetCommand.self, HandCommand.self,
            StatusCommand.self, PlatformCommand.self,
        ])
}

/// How the program ends where it does not end well.
enum ExitStatus {
    /// The site document has faults; they were printed.
    static let invalidDocument = ExitCode(1)
    /// A bus, a socket or a store cannot be opened, or a running simulation not be reached.
    static let unavailable = ExitCode(3)
    /// `platform` ended without a single message, or found one that must not be.
    static let notAsPromised = ExitCode(4)
}
