import CInterposed
import Execution
import Glibc
import Simulation

/// Runs a whole gateway in a simulated world, and says what became of it.
@main
enum SimulationRun {
    static func main() throws {
        linli_restart_repeatable(CommandLine.unsafeArgv)
        if CommandLine.arguments.contains("--cache") { runCache() }
        GlobalJobs.takeOver()
        var options = RunOptions()
        var seed: UInt64 = 1
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seed": seed = arguments.popFirst().flatMap(UInt64.init) ?? 1
            case "--days": options.days = arguments.popFirst().flatMap(Double.init) ?? 1
            case "--devices": options.deviceCount = arguments.popFirst().flatMap(Int.init) ?? 3
            case "--every": options.interval = arguments.popFirst() ?? "1m"
            case "--tell": options.isTelling = true
            case "--quiet": options.kinds = []
            case "--only":
                options.kinds = (arguments.popFirst() ?? "").split(separator: ",").compactMap {
                    FaultKind(rawValue: String($0))
                }
            case "--fault-pause":
                options.faultPause = arguments.popFirst().flatMap(Int64.init) ?? 600
            default: fatalError("unknown argument \(argument)")
            }
        }
        try run(seed, options)
    }

    /// The cache alone, in real threads: `--cache SEED`.
    private static func runCache() -> Never {
        let seed = CommandLine.arguments.last.flatMap(UInt64.init) ?? 1
        // Unstructured: it ends the program.
        Task.detached {
            let root = SimulationFolder.make()
            let world = CacheWorld(seed: seed, root: root)
            let began = MonotonicTime.real()
            await world.live(boots: 150)
            SimulationFolder.remove(root)
            let took = began.duration(to: .real()).inSeconds
            print("seed \(seed): 0 days in \(took) s")
            print(
                "tally cuts=\(world.cuts) appends=\(world.appends) dropped=\(world.dropped) "
                    + "violations=\(world.violations.count)")
            if let first = world.story.firstIndex(where: { $0.hasPrefix("VIOLATION") }) {
                world.story[max(0, first - 40)...min(first + 4, world.story.count - 1)]
                    .forEach { print($0) }
            }
            exit(world.violations.isEmpty ? 0 : 1)
        }
        while true { pause() }
    }

    private static func run(_ seed: UInt64, _ options: RunOptions) throws {
        linli_stay_on_one_core(UInt32(truncatingIfNeeded: seed))
        let root = SimulationFolder.make()
        let world = try World(seed: seed, options: options, root: root)
        let machine = VirtualMachine.shared
        let began = MonotonicTime.real()
        world.live(for: .nanoseconds(Int64(options.days * 86_400e9)))
        machine.run()
        SimulationFolder.remove(root)
        let took = began.duration(to: .real()).inSeconds
        print(
            "seed \(seed): \(options.days) days in \(took) s, \(machine.worksDone) works, "
                + "\(machine.threadChanges) changes of thread, "
                + "digest \(String(machine.digest.value, radix: 16))"
                + "\(String(world.story.digest.value, radix: 16)), "
                + "\(world.violations.count) violations")
        print("tally " + world.tally.map { "\($0)=\($1)" }.joined(separator: " "))
        if !world.violations.isEmpty {
            world.story.printEnd()
            print("again: WholeGateway \(CommandLine.arguments.dropFirst().joined(separator: " "))")
        }
        exit(world.violations.isEmpty ? 0 : 1)
    }
}
