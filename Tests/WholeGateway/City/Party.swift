import Execution
import Metering
import Receiving
import Telemetry

/// A receiver of the gateway's messages with the broker before it: what it stores, it stores for
/// good, by key.
// `@unchecked`: only touched by the thread that has the baton.
final class Party: @unchecked Sendable {
    let destination: String
    private let acknowledges: Bool
    private let acknowledgementTopic: String
    private var desk: PlatformDesk
    private var contents: [String: Content] = [:]
    /// The numbers that are here, by lane: they go on from one epoch of a cache to the next.
    private var arrived: [String: Set<Int64>] = [:]
    private var parts: [String: Set<MessagePart>] = [:]
    /// What the gateway says was dropped, by lane.
    private var dropped: [String: [ClosedRange<Int64>]] = [:]
    private unowned let world: World
    private var random: SeededRandom
    /// The messages of this connection, and the highest first number of each epoch and lane.
    private var sent: (keys: Set<String>, first: [String: Int64]) = ([], [:])
    /// The connections of the gateway's, of which the last is open at most.
    private var connection: PartyUplink?

    var broker = Broker.working
    /// The share of a broker's acknowledgements, and of the platform's, that are lost.
    var losesAccepts = 0.0
    /// The share of messages that the broker takes over and the platform never sees.
    var losesMessages = 0.0
    var losesStored = 0.0
    /// The share of the platform's acknowledgements that come twice, or late and out of order.
    var doubles = 0.0
    var delays = 0.0
    var latency: Duration = .milliseconds(30)

    /// What stands under a key.
    private struct Content {
        let digest: UInt64
        /// Whether its times count from a date that the machine made up.
        let isUndated: Bool

        init(_ message: Message) {
            digest = message.digest
            isUndated = !message.batch.clock.isKnown
        }

        /// Whether a message may come under the same key: the same one, one that says that nothing
        /// is shared any more, or one whose times have become known.
        func permits(_ message: Message) -> Bool {
            message.batch.recordCount == 0 || message.digest == digest
                || isUndated && message.batch.clock.isCorrected
        }
    }

    enum Broker: Hashable {
        case working
        case down
        case refusing
        /// Takes messages and says nothing.
        case mute
    }

    init(
        _ destination: String, site: String, acknowledges: Bool, topic: String, world: World,
        seed: UInt64
    ) {
        self.destination = destination
        self.acknowledges = acknowledges
        acknowledgementTopic = topic
        self.world = world
        desk = PlatformDesk(site: site, destination: destination)
        random = SeededRandom(seed: seed)
    }

    var tally: PlatformTally { desk.tally }
    var gaps: [String] { desk.gaps }

    func heal() {
        broker = .working
        (losesMessages, losesAccepts, losesStored) = (0, 0, 0)
        (doubles, delays) = (0, 0)
        latency = .milliseconds(30)
    }

    func makeUplink() -> PartyUplink { PartyUplink(self) }

    private func note(_ message: Message) {
        let (key, batch) = (message.key, message.batch)
        if let part = key.part {
            let whole = "\(key.epoch)/\(key.lane.rawValue)/\(key.sequences)"
            parts[whole, default: []].insert(part)
            if MessagePart.isWhole(parts[whole] ?? []) {
                arrived[key.lane.rawValue, default: []].formUnion(key.sequences)
            }
        } else {
            arrived[key.lane.rawValue, default: []].formUnion(key.sequences)
        }
        for event in batch.events where event.kind == "cache.gap" {
            guard let first = event.details["first"].flatMap(Int64.init),
                let last = event.details["last"].flatMap(Int64.init), first <= last
            else {
                world.violate("a gap that does not say what it is: \(event)")
                continue
            }
            dropped[event.subject, default: []].append(first...last)
        }
    }

    /// All up to a number has arrived, but for what the gateway said it has dropped.
    func checkComplete(_ lane: String, through last: Int64) {
        let (here, told) = (arrived[lane] ?? [], dropped[lane] ?? [])
        let highest = max(last, here.max() ?? 0)
        guard highest > 0 else { return }
        let lost = (1...highest).first { sequence in
            !here.contains(sequence) && !told.contains { $0.contains(sequence) }
        }
        if let lost {
            world.violate("\(lane)/\(lost) never came to \(destination), and no gap was told")
        }
    }

    // MARK: - The broker

    func connect(_ uplink: PartyUplink) {
        let machine = VirtualMachine.shared
        machine.after(latency) { [self] in
            switch broker {
            case .working, .mute:
                if connection !== uplink { connection?.lose(.takenOver) }
                connection = uplink
                sent = ([], [:])
                uplink.tell(.connected)
            case .down: uplink.tell(.disconnected(.unreachable("no route to host")))
            case .refusing: uplink.tell(.disconnected(.notAuthorized("not authorized")))
            }
        }
    }

    /// Ends the connection that is open.
    func dropConnection() {
        connection?.lose(.unreachable("connection reset by peer"))
        connection = nil
    }

    func publish(_ message: OutgoingMessage, over uplink: PartyUplink) {
        let (machine, number) = (VirtualMachine.shared, uplink.number)
        machine.after(latency) { [self] in
            guard uplink === connection, number == uplink.number, broker == .working else { return }
            guard let content = read(message.payload) else { return }
            checkOrder(content.key)
            if !(acknowledges && chance(losesMessages)) {
                store(content, size: message.payload.count, over: uplink)
            }
            guard !chance(losesAccepts) else { return }
            machine.after(latency) {
                if number == uplink.number { uplink.tell(.accepted(message.token)) }
            }
        }
    }

    private func chance(_ share: Double) -> Bool {
        share > 0 && Double.random(in: 0..<1, using: &random) < share
    }

    // MARK: - The platform

    private func read(_ payload: [UInt8]) -> Message? {
        do {
            return try Message(payload: payload)
        } catch {
            world.violate("a message to \(destination) cannot be read: \(error)")
            return nil
        }
    }

    /// On one connection a message that was not sent before is behind all that were.
    private func checkOrder(_ key: IdempotencyKey) {
        guard key.part == nil, sent.keys.insert(key.description).inserted else { return }
        let lane = "\(key.epoch)/\(key.lane.rawValue)"
        let first = key.sequences.lowerBound
        if let highest = sent.first[lane], first <= highest {
            world.violate("\(key) to \(destination) is sent after \(highest)")
        }
        sent.first[lane] = first
    }

    private func store(_ message: Message, size: Int, over uplink: PartyUplink) {
        let verdict = desk.receive(
            message, lane: message.key.lane.rawValue, size: size, at: world.wall.timestamp)
        let key = message.key.description
        if world.options.isTelling { world.tell("\(destination) has \(key): \(verdict)") }
        switch verdict {
        case .store:
            contents[key] = Content(message)
            note(message)
            world.received(message, by: self)
        case .acknowledge:
            if let known = contents[key] {
                if !known.permits(message) {
                    world.violate("two messages to \(destination) under one key \(key)")
                }
                if message.batch.recordCount > 0 { contents[key] = Content(message) }
            }
            // One that says that nothing is shared may reach further than the last.
            note(message)
        case .double(let range):
            world.violate("\(key) to \(destination) holds some of \(range) again")
        case .refuse(let refusal): world.violate("\(key) to \(destination): \(refusal.rawValue)")
        }
        VirtualMachine.shared.mix(message.digest)
        guard acknowledges, !chance(losesStored) else { return }
        let bytes = Acknowledgement.payload([message.key])
        let (topic, number) = (acknowledgementTopic, uplink.number)
        let pause =
            chance(delays)
            ? Duration.milliseconds(Int64.random(in: 100...40_000, using: &random)) : latency
        for _ in 0..<(chance(doubles) ? 2 : 1) {
            VirtualMachine.shared.after(pause) {
                guard number == uplink.number else { return }
                uplink.tell(.received(ReceivedMessage(topic: topic, payload: bytes)))
            }
        }
    }
}

extension Message {
    /// A digest of what it says, whatever it was packed in.
    var digest: UInt64 {
        var digest = Digest()
        digest.mix(key.description)
        for series in batch.series {
            digest.mix(series.point.identifier.description)
            for sample in series.samples {
                digest.mix(UInt64(bitPattern: sample.time.milliseconds))
                if sample.quality != .good { digest.mix("\(sample.quality)") }
                switch sample.value {
                case .number(let number):
                    digest.mix(UInt64(bitPattern: number.mantissa))
                    digest.mix(UInt64(bitPattern: Int64(number.exponent)))
                case .text(let text): digest.mix(text)
                case nil: break
                }
            }
        }
        for event in batch.events {
            digest.mix(event.kind)
            digest.mix(event.subject)
            digest.mix(UInt64(bitPattern: event.time.milliseconds))
        }
        return digest.value
    }
}
