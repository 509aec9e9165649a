import Execution
import SiteConfiguration

/// One bus of a simulated community: a serial line or a TCP server, with its devices.
struct SimulatedBus: Sendable {
    let name: String
    let devices: [SimulatedDevice]
    private let kind: Kind

    private enum Kind: Sendable {
        case line(SimulatedLine, LineTiming)
        case server(SimulatedServer, host: String)
    }

    init(
        _ bus: BusConfiguration, devices: [SimulatedDevice], options: SimulationOptions,
        clock: @escaping @Sendable () -> SimulatedTime
    ) throws(CommunityError) {
        name = bus.name
        self.devices = devices
        let executor = ThreadExecutor(name: "sim-\(bus.name)")
        switch bus.link {
        case .serial(let path, let settings, _):
            let timing = LineTiming(settings, turnaround: options.turnaround)
            let link = options.terminalFolder.map { "\($0)/\(bus.name)" } ?? path
            do throws(PseudoTerminalError) {
                let line = try SimulatedLine(
                    devices: devices, timing: timing, isStrict: options.isStrict, link: link,
                    clock: clock, executor: executor)
                kind = .line(line, timing)
            } catch {
                throw .terminal(bus: bus.name, error)
            }
        case .tcp(let host, let port):
            kind = try Self.server(bus.name, host, port, .modbusTCP, devices, clock, executor)
        case .rtuOverTCP(let host, let port):
            kind = try Self.server(bus.name, host, port, .rtu, devices, clock, executor)
        }
    }

    /// Answers until the task is cancelled.
    func run() async {
        switch kind {
        case .line(let line, _): await line.run()
        case .server(let server, _): await server.run()
        }
    }

    /// Where a client reaches it.
    var address: String {
        switch kind {
        case .line(let line, _): line.path
        case .server(let server, let host):
            host.contains(":") ? "[\(host)]:\(server.port)" : "\(host):\(server.port)"
        }
    }

    var status: SimulationStatus.Bus {
        switch kind {
        case .line(let line, let timing):
            let report = line.report
            return SimulationStatus.Bus(
                name: name, address: address, requests: report.frames,
                unreadable: report.unreadable, foreignUnits: report.foreign,
                silences: SimulationStatus.Silences(report, timing: timing))
        case .server(let server, _):
            let report = server.report
            return SimulationStatus.Bus(
                name: name, address: address,
                requests: devices.reduce(report.foreign) { $0 + $1.counters.requests },
                connections: report.connections,
                unreadable: report.unreadable, foreignUnits: report.foreign)
        }
    }

    private static func server(
        _ bus: String, _ host: String, _ port: UInt16, _ framing: TCPFraming,
        _ devices: [SimulatedDevice], _ clock: @escaping @Sendable () -> SimulatedTime,
        _ executor: ThreadExecutor
    ) throws(CommunityError) -> Kind {
        do throws(ListeningError) {
            let server = try SimulatedServer(
                host: host, port: port, framing: framing, devices: devices, clock: clock,
                executor: executor)
            return .server(server, host: host)
        } catch {
            throw .listening(bus: bus, error)
        }
    }
}

/// How a community is simulated.
package struct SimulationOptions: Hashable, Sendable {
    /// Makes the loads of all devices; the same seed makes the same community.
    package var seed: UInt64 = 1
    /// From the end of a request to the start of its answer on serial lines.
    package var turnaround: Duration = .milliseconds(5)
    /// Whether frames that break a silence or a request gap are dropped, as by strict meters.
    package var isStrict = false
    /// Whether devices keep silent where they have no registers, rather than refuse.
    package var isSilentAtHoles = false
    /// Where the links to the terminals are made, by the names of the buses; `nil` for the
    /// paths of the site document.
    package var terminalFolder: String?

    package init() {}
}

/// Why a community cannot be simulated.
package enum CommunityError: Error, Hashable {
    case terminal(bus: String, PseudoTerminalError)
    case listening(bus: String, ListeningError)
}

extension CommunityError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .terminal(let bus, let error): "bus \(bus): \(error)"
        case .listening(let bus, let error): "bus \(bus): \(error)"
        }
    }
}
