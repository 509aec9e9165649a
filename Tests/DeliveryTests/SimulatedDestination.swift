import Delivery
import Execution
import Telemetry

/// A broker and the platform behind it, in virtual time. What a test or a plan lets go wrong
/// goes wrong; beyond that they keep the order of a connection, as TCP does.
struct SimulatedDestination {
    /// What is the matter.
    enum Weather: Hashable, CaseIterable {
        case fair
        /// The broker refuses connections, and drops the one there is.
        case refusesConnections
        /// The network swallows packets: whatever is sent, nothing answers.
        case swallowsPackets
        case dropsConnections
        case losesAcceptances
        case losesAcknowledgements
        case acknowledgesLate
        case acknowledgesTwice
        case refusesMessages
        /// The broker takes everything, and nobody listens.
        case platformAway
    }

    private enum Happening {
        case uplink(UplinkEvent, connection: Int)
        case acknowledgement(IdempotencyKey)
    }

    var weather: Set<Weather> = []
    /// Whether the broker refuses a message, and why.
    var refuses: @Sendable (IdempotencyKey) -> UplinkFault? = { _ in nil }
    /// The largest payload that the broker takes, and whether it says so (MQTT 5) or hangs up.
    var largest: Int?
    var tellsLargest = false
    /// Whether the platform acknowledges at all.
    var acknowledges = true
    var latency: Duration = .milliseconds(50)
    let settings: DeliverySettings
    private var random: SeededRandom
    private var agenda: [(at: MonotonicTime, happening: Happening)] = []
    /// The connection there is, by number, and whether it still carries anything.
    private var connection: Int?
    private var isSwallowed = false
    private var connectionCount = 0
    /// What the platform has stored, by key, and the keys in the order they first arrived.
    private(set) var stored: [IdempotencyKey: [[UInt8]]] = [:]
    private(set) var arrivals: [IdempotencyKey] = []
    private(set) var keyOfBatch: [Lane: [Int64: IdempotencyKey]] = [:]
    /// The parts of messages that have arrived, by the key of the whole.
    private(set) var parts: [IdempotencyKey: Set<MessagePart>] = [:]
    /// Messages without content.
    private var empties: Set<IdempotencyKey> = []
    /// How often the broker has hung up because of a message.
    private(set) var hangUps = 0
    /// What must never be, and was.
    private(set) var wrongs: [String] = []

    init(settings: DeliverySettings, seed: UInt64) {
        self.settings = settings
        random = SeededRandom(seed: seed)
    }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    // MARK: - What the gateway does

    mutating func connect(at now: MonotonicTime) {
        guard connection == nil else { return }
        connectionCount += 1
        if weather.contains(.swallowsPackets) { return }
        if weather.contains(.refusesConnections) {
            plan(.disconnected(.unreachable("refused")), at: now, connectionCount)
            return
        }
        connection = connectionCount
        isSwallowed = false
        plan(.connected, at: now, connectionCount)
    }

    /// The connection ends, if there is one.
    mutating func drop(at now: MonotonicTime) {
        guard let connection else { return }
        isSwallowed = true
        plan(.disconnected(.refused("dropped")), at: now, connection)
    }

    /// The gateway breaks off: what is under way to it is lost.
    mutating func disconnect() {
        connection = nil
        connectionCount += 1
    }

    mutating func publish(
        _ key: IdempotencyKey, _ payloads: [(token: UInt64, payload: [UInt8])],
        at now: MonotonicTime
    ) {
        guard let connection else { return }
        if weather.contains(.swallowsPackets) { isSwallowed = true }
        if weather.contains(.refusesConnections)
            || weather.contains(.dropsConnections) && chance(8)
        {
            drop(at: now)
        }
        guard !isSwallowed else { return }
        if let largest, let large = payloads.first(where: { $0.payload.count > largest }) {
            if tellsLargest {
                let packet =
                    largest + settings.topic(of: key.lane).utf8.count + key.description.utf8.count
                plan(.refused(large.token, .tooLarge(limit: packet)), at: now, connection)
            } else {
                hangUps += 1
                drop(at: now)
            }
            return
        }
        let fault =
            refuses(key)
            ?? (weather.contains(.refusesMessages) && chance(10) ? .refused("quota") : nil)
        if let fault {
            plan(.refused(payloads[0].token, fault), at: now, connection)
            return
        }
        // Where the broker's word is enough, nobody else has to be there.
        let isAway = weather.contains(.platformAway) && settings.waitsForPlatform
        if !isAway { arrive(key, payloads.map(\.payload)) }
        for (token, _) in payloads where !(weather.contains(.losesAcceptances) && chance(6)) {
            plan(.accepted(token), at: now, connection)
        }
        guard settings.waitsForPlatform, acknowledges, !isAway else { return }
        if weather.contains(.losesAcknowledgements), chance(3) { return }
        let lateness =
            weather.contains(.acknowledgesLate) ? Int64.random(in: 0...150, using: &random) : 0
        let copies =
            weather.contains(.acknowledgesTwice) ? Int.random(in: 1...3, using: &random) : 1
        for copy in 0..<copies {
            let delay = latency * 2 + .seconds(lateness + Int64(copy * 20))
            agenda.append((now.advanced(by: delay), .acknowledgement(key)))
        }
    }

    // MARK: - What the gateway gets

    /// When something happens next.
    var next: MonotonicTime? { agenda.map(\.at).min() }

    /// What reaches the gateway up to now, in order.
    mutating func happenings(until now: MonotonicTime) -> [UplinkEvent] {
        var due: [UplinkEvent] = []
        while let place = agenda.indices.min(by: { agenda[$0].at < agenda[$1].at }),
            agenda[place].at <= now
        {
            switch agenda.remove(at: place).happening {
            case .uplink(let event, let number):
                guard number == connectionCount else { continue }
                if case .disconnected = event { connection = nil }
                due.append(event)
            case .acknowledgement(let key):
                // It comes through the broker, on whatever connection there is then.
                guard connection != nil, !isSwallowed else { continue }
                due.append(
                    .received(
                        ReceivedMessage(
                            topic: settings.acknowledgementTopic,
                            payload: Acknowledgement.payload([key]))))
            }
        }
        return due
    }

    // MARK: - Private

    private mutating func plan(_ event: UplinkEvent, at now: MonotonicTime, _ connection: Int) {
        agenda.append((now.advanced(by: latency), .uplink(event, connection: connection)))
    }

    /// The platform stores a message, or finds that it has it.
    private mutating func arrive(_ key: IdempotencyKey, _ payloads: [[UInt8]]) {
        if let present = stored[key] {
            if present != payloads { wrongs.append("\(key) came again with other content") }
            return
        }
        stored[key] = payloads
        let others = parts[key.part(nil)] ?? []
        // The same in other parts, or whole, is no news.
        let isKnown =
            key.part.map { part in
                stored[key.part(nil)] != nil || part.isCovered(by: others)
            } ?? MessagePart.isWhole(others)
        if !isKnown { arrivals.append(key) }
        if isEmpty(payloads) { empties.insert(key) }
        let whole = key.part(nil)
        if let part = key.part {
            parts[whole, default: []].insert(part)
            guard MessagePart.isWhole(parts[whole] ?? []) else { return }
        }
        for sequence in key.sequences {
            // What held nothing stands in nobody's way.
            if let other = keyOfBatch[key.lane]?[sequence], other != whole,
                !empties.contains(other)
            {
                if empties.contains(key) { continue }
                wrongs.append("batch \(sequence) came under \(other) and \(key)")
            }
            keyOfBatch[key.lane, default: [:]][sequence] = whole
        }
    }

    private func isEmpty(_ payloads: [[UInt8]]) -> Bool {
        guard payloads[0].count < 400 else { return false }
        let message = try? settings.read(payloads[0])
        return message?.batch.recordCount == 0
    }
}
