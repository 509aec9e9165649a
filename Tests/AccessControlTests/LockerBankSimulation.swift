import AccessControl
import Execution
import GPIO
import SiteConfiguration
import Testing

/// A bank with strikes that take their time and fail, and a gateway that is killed at any moment:
/// in virtual time, from a seed.
///
/// A strike is what the relay board has: it stays as it is while no gateway runs.
struct LockerBankSimulation {
    static let pulse = Duration.milliseconds(500)
    /// From the death of a gateway to the first command of the next.
    static let restart = Duration.milliseconds(1_500)
    /// The longest a board takes for a command, and how often in a row it may fail.
    static let slowest = Duration.milliseconds(200)
    static let failuresInARow = 3

    let strikesAtOnce: Int
    private let bank: LockerBankConfiguration
    private var random: SeededRandom
    private var state: LockerBankState
    private var now = MonotonicTime(nanoseconds: 0)
    /// Commands on their way, in the order in which they arrive.
    private var underWay: [(arrival: MonotonicTime, place: Int, isActive: Bool)] = []
    private var failures: [Int: Int] = [:]
    /// What outlasts a kill: the commands that were granted.
    private(set) var journal: [Int] = []
    /// What each strike is, and since when.
    private(set) var activeSince: [Int: MonotonicTime] = [:]
    private(set) var longestActive = Duration.zero
    private(set) var mostAtOnce = 0
    /// How often a strike became active for a command.
    private(set) var releases: [Int: Int] = [:]
    private(set) var reportedLost = 0
    private(set) var kills = 0
    /// Commands that were given to a strike and are not released yet. One that came while its
    /// strike was active is answered by that pulse.
    private(set) var pending: [Int: Int] = [:]
    private var nextCommand = 0
    private var isKilling = false

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        strikesAtOnce = Int.random(in: 1...3, using: &random)
        bank = LockerBankConfiguration(
            name: "east",
            compartments: (0..<8).map { place in
                CompartmentConfiguration(
                    name: "A\(place)", strike: Self.line("LOCK\(place)", place),
                    contact: Self.line("DOOR\(place)", 100 + place), size: .small)
            }, strikesAtOnce: strikesAtOnce, pulse: Self.pulse)
        state = LockerBankState(bank)
        self.random = random
        begin()
    }

    private static func line(_ name: String, _ offset: Int) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: "sim", offset: offset)))
    }

    /// Runs for so many commands.
    mutating func run(commands: Int, killingEvery chance: Int) {
        isKilling = chance > 0
        for _ in 0..<commands {
            let place = Int.random(in: 0..<8, using: &random)
            grant(place)
            let pause = Duration.milliseconds(Int64.random(in: 0...900, using: &random))
            advance(to: now.advanced(by: pause), killingEvery: chance)
        }
        // All pulses end.
        advance(to: now.advanced(by: .seconds(60)), killingEvery: 0)
    }

    /// As the bank does it: written down first, then carried out.
    private mutating func grant(_ place: Int) {
        // One for a strike at a time: what asks for one that is under way gets that one.
        guard pending[place] == nil else { return }
        nextCommand += 1
        journal.append(nextCommand)
        // Killed between the journal and the strike: the command is lost, and its record says so.
        if isKilling, Int.random(in: 0..<40, using: &random) == 0 {
            reportedLost += 1
            kill()
            return
        }
        pending[place] = nextCommand
        take(state.handle(.release(place), at: now))
    }

    private mutating func begin() {
        take(state.handle(.start, at: now))
    }

    private mutating func kill() {
        kills += 1
        reportedLost += pending.count
        pending = [:]
        // What is on the wire arrives all the same.
        for command in underWay where command.arrival <= now.advanced(by: Self.restart) {
            arrive(command.place, command.isActive, at: command.arrival)
        }
        underWay = []
        now = now.advanced(by: Self.restart)
        note()
        state = LockerBankState(bank)
        begin()
    }

    private mutating func take(_ actions: [LockerBankState.Action]) {
        for action in actions {
            switch action {
            case .set(let place, let isActive):
                let delay = Duration.milliseconds(Int64.random(in: 1...200, using: &random))
                underWay.append((now.advanced(by: delay), place, isActive))
            case .refused(let place), .notReleased(let place):
                if pending.removeValue(forKey: place) != nil { reportedLost += 1 }
            case .released(let place): pending[place] = nil
            case .report, .strikeFault: break
            }
        }
    }

    private mutating func advance(to end: MonotonicTime, killingEvery chance: Int) {
        while true {
            let arrival = underWay.map(\.arrival).min()
            let next = [arrival, state.nextWakeUp].compactMap { $0 }.min() ?? end
            guard next < end else { break }
            now = max(now, next)
            if chance > 0, Int.random(in: 0..<chance, using: &random) == 0 {
                kill()
                continue
            }
            if let index = underWay.firstIndex(where: { $0.arrival <= now }) {
                answer(underWay.remove(at: index))
            } else {
                take(state.handle(.tick, at: now))
            }
            note()
        }
        now = max(now, end)
    }

    private mutating func answer(
        _ command: (arrival: MonotonicTime, place: Int, isActive: Bool)
    ) {
        let failed = failures[command.place] ?? 0
        if failed < Self.failuresInARow, Int.random(in: 0..<12, using: &random) == 0 {
            failures[command.place] = failed + 1
            // A board that does not answer may have obeyed.
            if Bool.random(using: &random) {
                arrive(command.place, command.isActive, at: now)
            }
            take(
                state.handle(
                    .switched(command.place, isActive: command.isActive, .silent), at: now))
            return
        }
        failures[command.place] = 0
        arrive(command.place, command.isActive, at: now)
        take(state.handle(.switched(command.place, isActive: command.isActive, nil), at: now))
    }

    private mutating func arrive(_ place: Int, _ isActive: Bool, at time: MonotonicTime) {
        if isActive {
            if activeSince[place] == nil {
                activeSince[place] = time
                if let command = pending[place] { releases[command, default: 0] += 1 }
            }
        } else if let since = activeSince.removeValue(forKey: place) {
            longestActive = max(longestActive, since.duration(to: time))
        }
        mostAtOnce = max(mostAtOnce, activeSince.count)
    }

    private mutating func note() {
        for since in activeSince.values {
            longestActive = max(longestActive, since.duration(to: now))
        }
    }
}
