import Alarms
import Execution
import FoundationEssentials
import GPIO
import LinuxSystem
import Logging
import SiteConfiguration
import Telemetry

/// The alarms and valves of a site.
struct AlarmService: Sendable {
    /// What it was made from: where this is unchanged, a reload leaves the alarms alone.
    struct Configuration: Hashable, Sendable {
        let alarms: [AlarmConfiguration]
        let valves: [ValveConfiguration]

        var isEmpty: Bool { alarms.isEmpty && valves.isEmpty }
    }

    let configuration: Configuration
    let system: AlarmSystem
    let part: Part

    init(
        _ configuration: Configuration, catalog: PointCatalog, latches: AlarmLatches,
        effects: AlarmEffects, edges: Edges
    ) {
        self.configuration = configuration
        let system = AlarmSystem(
            AlarmProgram(
                alarms: configuration.alarms, valves: configuration.valves,
                index: { catalog.index(of: $0) }),
            latches: latches, effects: effects, time: edges.time,
            executor: edges.threads.home("alarms", true))
        self.system = system
        part = Part("alarms") { await system.run() }
    }
}

/// What is latched and shut, kept across a restart.
struct LatchFile: Sendable {
    private let file: StateFile
    private let logger: Logger

    init(stateFolder: String, logger: Logger) {
        file = StateFile(path: stateFolder + "/alarms.json")
        self.logger = logger
    }

    /// What was saved last. A file that cannot be read is reported, and counts as empty: an alarm
    /// whose condition still holds is raised again.
    func load() -> AlarmLatches {
        do {
            guard let bytes = try file.read() else { return AlarmLatches() }
            return try JSONDecoder().decode(AlarmLatches.self, from: Data(bytes))
        } catch {
            logger.error(
                "Latched alarms cannot be read",
                metadata: ["path": "\(file.path)", "error": "\(error)"])
            return AlarmLatches()
        }
    }

    /// - Returns: Whether it is on the disk.
    func save(_ latches: AlarmLatches) -> Bool {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try file.write([UInt8](try encoder.encode(latches)))
            return true
        } catch {
            logger.error("Latched alarms cannot be saved", metadata: ["error": "\(error)"])
            return false
        }
    }
}
