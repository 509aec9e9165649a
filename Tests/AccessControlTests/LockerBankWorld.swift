import Crypto
import Execution
import FoundationEssentials
import GPIO
import SiteConfiguration
import Telemetry

@testable import AccessControl

/// A bank with people at it, a relay board, a disk that may be full, and a gateway that ends or is
/// killed at any moment: in virtual time, from a seed.
struct LockerBankWorld {
    /// What somebody stands there for.
    enum Visitor: Hashable {
        case courier
        case resident
        case janitor
    }

    static let names = ["A01", "A02", "B01"]
    private static let signer = Curve25519.Signing.PrivateKey()

    private let bank: LockerBankConfiguration
    private(set) var policy: LockerBankPolicy
    private(set) var now = MonotonicTime(nanoseconds: 0)
    private var random: SeededRandom
    /// What outlasts a kill, and what waits for a disk that takes nothing.
    private(set) var journal: [String: [UInt8]] = [:]
    private var unsaved: [AccessRegister.Change] = []
    var isDiskFull = false
    var isBoardSilent = false
    private var due: [(at: MonotonicTime, event: Happening)] = []

    /// Whether a parcel lies in a compartment, whatever the books say.
    private(set) var isFull: [String: Bool] = [:]
    /// Who stands there; one at a time for a compartment.
    private var visitors: [String: (visitor: Visitor, kind: String, request: Int)] = [:]
    private var places: [Int: String] = [:]
    private var newCodes: [String: String] = [:]
    /// Answers by request; the requests that nobody has answered.
    private(set) var answers: [Int: [LockerBankPolicy.Answer]] = [:]
    private(set) var unanswered: Set<Int> = []
    /// What has opened a compartment so far: codes, tokens, commands.
    private(set) var openings: [String: Int] = [:]
    /// Those of parcels that were put in, with their compartments.
    private(set) var codes: [(code: String, compartment: String)] = []
    /// Grants that are written down, and times a strike was told to be active.
    private var grants: [String: Int] = [:]
    private(set) var faults: [String] = []
    private var told: Set<LineName> = []
    private var isWriting = false
    private(set) var deposits = 0
    /// What the last gateway that was ended has done at its end.
    private(set) var lastActions: [LockerBankPolicy.Action] = []

    private enum Happening {
        case answered(LockerBankPolicy.Input, life: Int)
        case opens(String)
        case closes(String)
    }
    private var life = 0
    /// What has happened, for whoever looks at a seed that fails.
    private(set) var story: [String] = []

    init(seed: UInt64) {
        bank = LockerBankConfiguration(
            name: "east",
            compartments: Self.names.map { name in
                CompartmentConfiguration(
                    name: name, strike: Self.line("LOCK-\(name)"),
                    contact: Self.line("DOOR-\(name)"), size: .small)
            }, strikesAtOnce: 1, waitingLimit: 2, openWithin: .seconds(2),
            tokenKey: Array(Self.signer.publicKey.rawRepresentation))
        random = SeededRandom(seed: seed)
        policy = Self.policy(bank, KeptLockers(), seed: seed)
        begin()
    }

    private static func line(_ name: String) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: "sim", offset: 0)))
    }

    private static func policy(
        _ bank: LockerBankConfiguration, _ kept: KeptLockers, seed: UInt64
    ) -> LockerBankPolicy {
        LockerBankPolicy(
            bank, site: "s1", boot: "aaaaaaaaaaaaaaaa", secret: [1], kept: kept,
            at: MonotonicTime(nanoseconds: 0), random: SeededRandom(seed: seed))
    }

    var moment: Moment {
        Moment(
            monotonic: now,
            wall: WallTime(
                Timestamp(milliseconds: 1_790_000_000_000 + now.nanoseconds / 1_000_000),
                isSynchronized: true))
    }

    private static func token(_ compartment: String, nonce: Int) throws -> String {
        let payload = """
            {"site":"s1","bank":"east","compartment":"\(compartment)","expires":1790086400,\
            "nonce":"\(nonce)"}
            """
        let head = "linli-pickup.\(base64URL(Data(payload.utf8)))"
        return "\(head).\(base64URL(try signer.signature(for: Data(head.utf8))))"
    }

    private static func base64URL(_ data: Data) -> String {
        String(
            data.base64EncodedString().compactMap {
                $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0
            })
    }

    private mutating func tell(_ what: String) {
        story.append("\(now.nanoseconds / 1_000_000) ms: \(what)")
    }

    // MARK: - What people do

    mutating func deposit() {
        ask("deposit", .courier) { (bank, now) throws(LockerRefusal) in
            try bank.deposit(.small, by: "courier", at: now)
        }
    }

    mutating func pickup(_ parcel: (code: String, compartment: String)) {
        guard isQuiet(parcel.compartment) else { return }
        ask(parcel.code, .resident) { (bank, now) throws(LockerRefusal) in
            try bank.pickup(parcel.code, at: now)
        }
    }

    mutating func use(token nonce: Int, at compartment: String) throws {
        guard isQuiet(compartment) else { return }
        let token = try Self.token(compartment, nonce: nonce)
        ask("token \(nonce)", .resident) { (bank, now) throws(LockerRefusal) in
            try bank.pickup(token, at: now)
        }
    }

    mutating func takeBack(_ compartment: String) {
        guard isQuiet(compartment) else { return }
        ask("take back", .resident) { (bank, now) throws(LockerRefusal) in
            try bank.takeBack(compartment, by: "house", at: now)
        }
    }

    mutating func release(_ compartment: String, command: String) {
        guard isQuiet(compartment) else { return }
        ask(command, .janitor) { (bank, now) throws(LockerRefusal) in
            try bank.release(compartment, by: "city", command: command, at: now)
        }
    }

    /// Whether nobody is there, and the bank does not wait for it to open.
    private func isQuiet(_ name: String) -> Bool {
        let place = Self.names.firstIndex(of: name)
        let phase = place.map { policy.strikes.compartments[$0].phase }
        return visitors[name] == nil && phase == .closed
    }

    private mutating func ask(
        _ kind: String, _ visitor: Visitor,
        _ request: (inout LockerBankPolicy, Moment) throws(LockerRefusal) -> (
            Int, [LockerBankPolicy.Action]
        )
    ) {
        do throws(LockerRefusal) {
            let (number, actions) = try request(&policy, moment)
            unanswered.insert(number)
            if let granted = policy.requests[number], granted.isOpen {
                if let other = visitors[granted.compartment]?.request,
                    policy.requests[other]?.isOpen ?? true
                {
                    faults.append("two stand at \(granted.compartment)")
                }
                visitors[granted.compartment] = (visitor, kind, number)
                places[number] = granted.compartment
            }
            tell("\(kind): \(number), at \(places[number] ?? "none")")
            take(actions)
        } catch {
            // Refused at once: that is told, and nothing has happened.
        }
    }

    // MARK: - What happens

    mutating func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while true {
            let next = (due.map(\.at) + [policy.nextWakeUp].compactMap(\.self)).min() ?? end
            guard next <= end else { break }
            now = max(now, next)
            if let place = due.indices.filter({ due[$0].at <= now }).min(by: {
                due[$0].at < due[$1].at
            }) {
                happen(due.remove(at: place).event)
            } else {
                take(policy.handle(.tick, at: moment))
            }
        }
        now = end
    }

    private mutating func happen(_ event: Happening) {
        switch event {
        case .answered(let input, let life):
            guard life == self.life else { return }
            if case .written = input { isWriting = false }
            if case .switched(let line, _, _) = input { told.remove(line) }
            take(policy.handle(input, at: moment))
        case .opens(let name):
            tell("\(name) opens for \(visitors[name]?.kind ?? "nobody")")
            sense(name, isClosed: false)
            let present = visitors.removeValue(forKey: name)
            if let present { openings[present.kind, default: 0] += 1 }
            switch present?.visitor {
            case .courier?:
                if isFull[name] == true {
                    faults.append("\(name) was given away with a parcel in it")
                }
                isFull[name] = true
                newCodes.removeValue(forKey: name).map { codes.append(($0, name)) }
            case .resident?: isFull[name] = false
            case .janitor?, nil: break
            }
            after(.seconds(1), .closes(name))
        case .closes(let name):
            tell("\(name) closes")
            sense(name, isClosed: true)
        }
    }

    private mutating func sense(_ name: String, isClosed: Bool) {
        let change = LineChange(LineName("DOOR-\(name)"), LineState(isActive: isClosed), at: now)
        take(policy.handle(.line(change), at: moment))
    }

    private mutating func after(_ pause: Duration, _ event: Happening) {
        due.append((now.advanced(by: pause), event))
    }

    private mutating func take(_ actions: [LockerBankPolicy.Action]) {
        for action in actions {
            switch action {
            case .set(let line, let isActive): set(line, isActive)
            case .write(let entry): write(entry)
            case .record(let event, _): tell("\(event.kind) \(event.subject)")
            case .answer(let number, let answer):
                tell("answer to \(number): \(answer)")
                answers[number, default: []].append(answer)
                unanswered.remove(number)
                if case .deposited(let deposit) = answer {
                    deposits += 1
                    newCodes[deposit.compartment] = deposit.code
                }
                guard let name = places[number], visitors[name]?.request == number else { continue }
                // Some do not care to open it.
                if case .refused = answer {
                    visitors[name] = nil
                } else if Int.random(in: 0..<5, using: &random) == 0 {
                    visitors[name] = nil
                } else {
                    after(.milliseconds(300), .opens(name))
                }
            }
        }
    }

    private mutating func set(_ line: LineName, _ isActive: Bool) {
        tell("\(line) \(isActive ? "on" : "off")")
        if !told.insert(line).inserted { faults.append("\(line) is told two things at once") }
        let pause = Duration.milliseconds(Int64.random(in: 1...150, using: &random))
        let fault: LineFault? =
            isBoardSilent || Int.random(in: 0..<20, using: &random) == 0 ? .silent : nil
        after(pause, .answered(.switched(line, isActive: isActive, fault), life: life))
        let name = String(line.description.dropFirst(5))
        guard isActive else { return }
        if grants[name, default: 0] == 0 {
            faults.append("\(name) opens before it is written down")
        }
        grants[name] = 0
    }

    private mutating func write(_ entry: LockerEntry) {
        tell("\(entry.deed.action) \(entry.deed.subject)")
        if isWriting { faults.append("two entries are written at once") }
        isWriting = true
        unsaved += entry.changes
        let isSaved = !isDiskFull
        if isSaved { save() }
        let isGrant = ["released", "deposited", "tookBack", "collected"].contains(entry.deed.action)
        let name = String(entry.deed.subject.dropFirst(5))
        if isGrant, isSaved || entry.deed.action != "deposited" { grants[name, default: 0] += 1 }
        after(
            .milliseconds(Int64.random(in: 1...100, using: &random)),
            .answered(.written(isSaved: isSaved), life: life))
    }

    private mutating func save() {
        for change in unsaved {
            switch change {
            case .put(let key, let value): journal[key] = value
            case .remove(let key): journal[key] = nil
            }
        }
        unsaved = []
    }

    // MARK: - The gateway

    private mutating func begin() {
        take(policy.start(at: moment, knowing: []))
        for name in Self.names { sense(name, isClosed: true) }
    }

    /// Ends the gateway as it should be, or pulls its plug, and begins it anew.
    mutating func restart(isKilled: Bool) {
        if isKilled {
            unsaved = []
        } else {
            let actions = policy.end(at: moment)
            lastActions = actions
            // What is under way is waited for, then this is done in turn.
            (told, isWriting) = ([], false)
            for action in actions {
                if case .write(let entry) = action { unsaved += entry.changes }
            }
            if !isDiskFull { save() }
        }
        life += 1
        (told, isWriting, grants, unanswered) = ([], false, [:], [])
        // Whoever was there is let in or out by the house, and the board is as it was.
        due.removeAll { if case .answered = $0.event { true } else { false } }
        policy = Self.policy(
            bank, KeptLockers(of: "east", in: journal), seed: UInt64(now.nanoseconds))
        begin()
    }

    /// The codes, tokens and commands that have opened something twice.
    var openedTwice: [String] {
        openings.filter { $0.value > 1 && !["take back", "deposit"].contains($0.key) }.keys.sorted()
    }

    /// Compartments with a parcel that the books do not know of, or the other way round.
    var mistaken: [String] {
        Self.names.filter { (isFull[$0] ?? false) != (policy.desk.parcels[$0] != nil) }
    }

    /// Puts right what nobody can know.
    mutating func tidy() {
        for name in Self.names { isFull[name] = policy.desk.parcels[name] != nil }
        visitors = [:]
    }
}
