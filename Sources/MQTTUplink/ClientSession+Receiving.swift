import Execution
import MQTT
import Telemetry

/// What the broker's packets do to the session.
extension ClientSession {
    mutating func take(_ frame: Frame, at now: MonotonicTime) throws(ProtocolBreach) {
        let packet = try ReceivedPacket(frame, version: settings.version)
        switch (phase, packet) {
        case (.greeting, .connack(let code, let properties)):
            greeted(code, properties, at: now)
        case (.greeting, .disconnect(let code, let words)): dismissed(code, words)
        case (.greeting, _), (_, .connack): throw .unexpected(frame.type)
        case (_, .publish(let publication)):
            try received(publication, bytes: frame.length, at: now)
        case (_, .puback(let identifier, let code, let words)):
            guard let token = inFlight.removeValue(forKey: identifier) else {
                return try overlook(.puback, at: now)
            }
            let fault = settings.fault(
                dismissing: code, words: words, limit: hasToldLimit ? packetLimit : nil)
            events.append(code.isFailure ? .refused(token, fault) : .accepted(token))
            sendWaiting(at: now)
        case (_, .pubrel(let identifier)):
            if unreleased.remove(identifier) == nil { try overlook(.pubrel, at: now) }
            answer(.pubcomp, identifier, at: now)
        case (_, .suback(let identifier, let codes, let words)):
            guard let subscription = subscriptions.removeValue(forKey: identifier) else {
                return try overlook(.suback, at: now)
            }
            subscribed(subscription, codes, words, at: now)
        case (_, .pingresp):
            guard pingUntil != nil else { return try overlook(.pingresp, at: now) }
            pingUntil = nil
        case (_, .disconnect(let code, let words)): dismissed(code, words)
        case (_, .pubrec), (_, .pubcomp), (_, .unsuback): try overlook(frame.type, at: now)
        }
    }

    private mutating func greeted(
        _ code: UInt8, _ properties: PacketProperties, at now: MonotonicTime
    ) {
        guard code == 0 else {
            return end(settings.fault(greeting: code, words: properties.reason))
        }
        if properties.maximumQoS == 0 {
            return end(
                .refused(
                    "\(settings.address) takes no messages that it has to acknowledge (QoS 1)"))
        }
        if let seconds = properties.serverKeepAlive, seconds > 0 {
            keepAlive = .seconds(Int64(seconds))
        }
        if let limit = properties.receiveMaximum, limit > 0 {
            receiveMaximum = min(Self.inFlightLimit, Int(limit))
        }
        if let limit = properties.maximumPacketSize {
            packetLimit = min(packetLimit, Int(limit))
            hasToldLimit = true
        }
        keepsRetained = properties.keepsRetained
        for subscription in terms.subscriptions {
            let identifier = nextIdentifier()
            subscriptions[identifier] = subscription
            output += SentPacket.subscribe(
                subscription.filter.description, identifier, settings.version)
            lastSent = now
        }
        phase = .subscribing(until: min(deadline, now.advanced(by: settings.answerTimeout)))
        becomeReady(at: now)
    }

    private mutating func subscribed(
        _ subscription: Subscription, _ codes: [UInt8], _ words: String?, at now: MonotonicTime
    ) {
        guard codes.count == 1, codes[0] < 0x80 else {
            let reason = codes.first.map { ReasonCode(rawValue: $0).words } ?? "no answer"
            let told = [settings.version == .v5 ? reason : nil, words].compactMap(\.self)
            let fault = UplinkFault.notAuthorized(
                "the broker forbids to subscribe to \(subscription.filter)"
                    + (told.isEmpty ? "" : " (\(told.joined(separator: ": ")))"))
            if subscription.isRequired { return end(fault) }
            early.append(.notSubscribed(subscription.filter, fault))
            return becomeReady(at: now)
        }
        becomeReady(at: now)
    }

    private mutating func becomeReady(at now: MonotonicTime) {
        guard case .subscribing = phase, subscriptions.isEmpty else { return }
        phase = .ready(since: now)
        events.append(.connected)
        events += early
        early = []
    }

    private mutating func dismissed(_ code: ReasonCode, _ words: String?) {
        end(
            settings.fault(
                dismissing: code, words: words, limit: hasToldLimit ? packetLimit : nil))
    }

    private mutating func received(
        _ publication: ReceivedPacket.Publication, bytes: Int, at now: MonotonicTime
    ) throws(ProtocolBreach) {
        let counted =
            publication.letGo.map { $0 / ReceivingLimits.skippedBytesPerByte } ?? bytes
        let cost = counted + ReceivingLimits.packetCost
        messages.spend(Double(cost), at: now)
        if let identifier = publication.identifier {
            if publication.isTwice {
                let isNew = unreleased.insert(identifier).inserted
                answer(.pubrec, identifier, at: now)
                guard isNew else { return }
                guard unreleased.count <= ReceivingLimits.receiveMaximum else { throw .flood }
            } else {
                answer(.puback, identifier, at: now)
            }
        }
        let event: UplinkEvent
        if let size = publication.letGo {
            event = .ignored(settings.fault(letGo: publication.topic, bytes: size))
        } else {
            event = .received(
                ReceivedMessage(
                    topic: publication.topic, payload: publication.payload,
                    isRetained: publication.isRetained, isRepeated: publication.isRepeated))
        }
        if case .subscribing = phase {
            earlyCost += cost
            guard earlyCost <= ReceivingLimits.early else { throw .flood }
            early.append(event)
        } else if case .ready = phase {
            events.append(event)
        }
    }

    private mutating func answer(
        _ type: PacketType, _ identifier: UInt16, at now: MonotonicTime
    ) {
        let bytes = SentPacket.answer(type, identifier)
        output += bytes
        answerBytes += bytes.count
        lastSent = now
    }

    /// Lets an answer pass that nobody asked for, as long as they are few.
    private mutating func overlook(
        _ type: PacketType, at now: MonotonicTime
    ) throws(ProtocolBreach) {
        unasked.spend(1, at: now)
        if unasked.level(at: now) < 0 { throw .unasked(type) }
    }
}
