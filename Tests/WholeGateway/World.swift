import DeviceProfiles
import Execution
import Gateway
import Glibc
import Logging
import MaintenanceAPI
import Metering
import Modbus
import ModbusTransport
import ServiceLifecycle
import Simulation
import SiteConfiguration
import Telemetry

/// Everything around one gateway: its board, its field, its people, its city, and the time that
/// passes.
// `@unchecked`: only touched by the thread that has the baton.
final class World: @unchecked Sendable {
    /// What the clock of a board shows whose battery is empty.
    static let unset = Timestamp(milliseconds: 1_577_836_800_000)
    /// When every world begins: 2026-03-01T00:00:00Z.
    static let epoch = Timestamp(milliseconds: 1_772_323_200_000)
    /// Where it does not matter when something was measured.
    static let anyMoment = Moment(
        monotonic: MonotonicTime(nanoseconds: 0),
        wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: false))

    let seed: UInt64
    let options: RunOptions
    let root: String
    let machine = VirtualMachine.shared
    let disk = SimulatedDisk.shared
    let story: Story
    var random: SeededRandom
    var siteText: SiteText
    let site: SiteDocument
    private(set) var buses: [String: FieldBus] = [:]
    private(set) var devices: [String: FieldDevice] = [:]
    private(set) var parties: [String: Party] = [:]
    private var ownBuilding: Building?
    private var ownPeople: People?

    /// How far the wall clock of the board is from the truth, and whether it is known to be right.
    private(set) var clockError: Duration = .zero
    private(set) var isSynchronized = true
    /// All errors the clock had, by boot.
    private(set) var clockErrors: [String: Set<Duration>] = [:]

    var bootCount = 0
    /// Processes so far: each has a state folder of its own.
    var processCount = 0
    var bootedAt: Int64 = 0
    var group: ServiceGroup?
    var gateway: Gateway?
    /// What people use; there while the gateway runs.
    var source: MaintenanceSource?
    /// Whether the board has power.
    var isUp = false
    /// Whether alarms must work: the gateway has run for a second.
    var isWatching = false
    var whenEnded: (@Sendable () -> Void)?

    var faultCounts: [FaultKind: Int] = [:]
    private(set) var violations: [String] = []
    var valuesChecked = 0
    /// What the city knows of the audit trail: how the hash of its end begins, by its length.
    var audited: [String: String] = [:]
    /// The parcels that the city knows to have been deposited, by place and time.
    var deposited: Set<String> = []

    var building: Building {
        guard let ownBuilding else { preconditionFailure("a world has a building") }
        return ownBuilding
    }
    var people: People {
        guard let ownPeople else { preconditionFailure("a world has people") }
        return ownPeople
    }
    var siteFile: String { root + "/site.yaml" }
    var stateFolder: String { "\(root)/disk/\(processCount)" }
    var isRunning: Bool { source != nil }

    init(seed: UInt64, options: RunOptions, root: String) throws {
        self.seed = seed
        self.options = options
        self.root = root
        story = Story(keepsAll: options.isTelling)
        random = SeededRandom(seed: seed)
        machine.random = SeededRandom(seed: seed &+ 1)
        disk.random = SeededRandom(seed: seed &+ 2)
        siteText = SiteText(deviceCount: options.deviceCount, interval: options.interval)
        mkdir(root + "/disk", 0o755)
        mkdir(root + "/run", 0o755)
        disk.mount(at: root + "/disk")
        try siteText.write(to: root + "/site.yaml", version: 1, isFaulty: false)
        site = try SiteLoader(
            Gateway.Options(
                siteFile: root + "/site.yaml", boardFile: nil, profileFolder: nil, stateFolder: "",
                socketPath: "")
        ).load().site
        build()
    }

    private func build() {
        ownBuilding = Building(world: self, seed: random.next())
        ownPeople = People(world: self, seed: random.next())
        for bus in site.buses {
            let devices = site.devices(on: bus.name).map { FieldDevice($0, seed: seed) }
            for device in devices { self.devices[device.device.name] = device }
            let link = BusLink(fieldLink: bus.link)
            buses[bus.name] = FieldBus(
                bus.name, isTCP: link.isTCP, baudRate: link.settings?.baudRate ?? 1_000_000,
                devices: devices, seed: random.next())
        }
        for destination in site.destinations {
            let name = destination.name
            parties[name] = Party(
                name, site: site.site.id, acknowledges: destination.acknowledgedBy == .platform,
                topic: "\(destination.topicRoot)/\(site.site.id)/\(name)/ack", world: self,
                seed: random.next())
        }
    }

    // MARK: - Time

    var wall: WallTime {
        WallTime(
            Self.epoch + .nanoseconds(machine.now) + clockError, isSynchronized: isSynchronized)
    }

    /// The clocks as the gateway of this boot has them.
    var time: TimeSource {
        let (bootedAt, machine) = (bootedAt, machine)
        return TimeSource(
            monotonic: { MonotonicTime(nanoseconds: machine.now - bootedAt) },
            wall: { self.wall },
            sleep: { until in
                let (moment, isFar) = until.nanoseconds.addingReportingOverflow(bootedAt)
                await Sleeper.sleep(until: isFar ? .max : moment)
            })
    }

    func setClock(error: Duration, isSynchronized: Bool) {
        clockError = error
        self.isSynchronized = isSynchronized
        clockErrors[bootName, default: []].insert(error)
    }

    var bootName: String {
        let digits = String(UInt64(bootCount) &* 0x9E37_79B9_7F4A_7C15, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: - What is seen

    func tell(_ text: String) { story.add(text, at: machine.now) }

    func violate(_ text: String) {
        tell("VIOLATION: \(text)")
        violations.append(text)
        if violations.count >= options.violationLimit { machine.finish() }
    }
}
