import ArgumentParser
import Simulation

/// A duration on the command line: `250us`, `400ms`, `60s`, `10m`.
struct DurationOption: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(shortText: argument) else { return nil }
        self.duration = duration
    }
}
