package import Execution
package import FieldLines
import LinuxGPIO
package import LinuxSystem
package import Logging
package import MQTTUplink
import Maintenance
package import MaintenanceAPI
package import ModbusTransport
package import SiteConfiguration
package import Telemetry

/// All that a gateway meets of the outside: clocks, chance, threads, ports, chips, brokers, people.
///
/// Nothing else of a gateway opens, listens, waits or draws lots, but for the files below its state
/// folder. There are two: the system's, and that of a simulated community, in which a whole gateway
/// runs in virtual time (`Tests/WholeGateway`).
package struct Edges: Sendable {
    package var time: TimeSource
    package var threads: ThreadSource
    /// The name of this run of the machine since power-up: 16 hexadecimal digits.
    package var boot: String
    /// Chance that nobody can guess: codes and secrets are drawn from it.
    package var secrets: any RandomNumberGenerator & Sendable
    package var ports: BusPorts
    /// Claims lines of a chip. What is told is told from any thread.
    package var chip: ChipOpening
    package var uplink: @Sendable (MQTTConnectionSettings) -> any Uplink
    /// Opens a code reader: each call of what is returned waits a moment for what it has read.
    package var codeReader:
        @Sendable (CodeReaderConfiguration) -> @Sendable () async -> LineInput.Look
    /// Serves people until the task is cancelled.
    package var serve:
        @Sendable (
            MaintenanceSource, Logger, _ onListening: @escaping @Sendable () async -> Void
        ) async throws -> Void
    package var notifier: ServiceNotifier

    package init(
        time: TimeSource, threads: ThreadSource, boot: String,
        secrets: any RandomNumberGenerator & Sendable, ports: BusPorts,
        chip: @escaping ChipOpening,
        uplink: @escaping @Sendable (MQTTConnectionSettings) -> any Uplink,
        codeReader:
            @escaping @Sendable (CodeReaderConfiguration) -> @Sendable () async -> LineInput.Look,
        serve:
            @escaping @Sendable (
                MaintenanceSource, Logger, _ onListening: @escaping @Sendable () async -> Void
            ) async throws -> Void,
        notifier: ServiceNotifier
    ) {
        self.time = time
        self.threads = threads
        self.boot = boot
        self.secrets = secrets
        self.ports = ports
        self.chip = chip
        self.uplink = uplink
        self.codeReader = codeReader
        self.serve = serve
        self.notifier = notifier
    }

    /// The edges of this machine.
    ///
    /// - Parameters:
    ///   - socketPath: Where `linli` reaches the gateway.
    ///   - environment: Where systemd says how it wants to be told.
    package static func system(
        socketPath: String, environment: (String) -> String?
    ) -> Edges {
        Edges(
            time: .system, threads: .system, boot: BootName.current,
            secrets: SystemRandomNumberGenerator(), ports: .system,
            chip: { name, claims, onEvent in
                ChipLines(LineChip(name, claims: claims, onEvent: onEvent))
            },
            uplink: { MQTTUplink($0) },
            codeReader: { reader in
                let input = LineInput(
                    path: reader.path, baudRate: reader.baudRate,
                    executor: ThreadExecutor(name: "code-reader"))
                return { await input.next() }
            },
            serve: { source, logger, onListening in
                let server = MaintenanceServer(
                    socketPath: socketPath, source: source, logger: logger,
                    onListening: onListening)
                try await server.run()
            },
            notifier: ServiceNotifier(environment: environment))
    }
}
