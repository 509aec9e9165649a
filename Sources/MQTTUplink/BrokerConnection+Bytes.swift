import Execution
import Glibc
import Telemetry

/// What goes over the wire, and what that does to the connection.
extension BrokerConnection {
    /// How often the socket is read before the commands have their turn.
    private static let chunksAtOnce = 4

    /// Reads what has come.
    func receive(from wire: BrokerWire, at now: MonotonicTime) {
        do throws(SocketError) {
            for _ in 0..<Self.chunksAtOnce {
                if case .ended = stage { return }
                if case .talking(_, let talk) = stage, talk.session.fault != nil { return }
                switch try wire.read() {
                case .bytes(let count): take(count, from: wire, at: now)
                case .nothing: return
                case .end: return lost(nil)
                }
                if case .talking(_, let talk) = stage, talk.session.readsAgain(after: now) != nil {
                    return
                }
            }
        } catch {
            lost(error)
        }
    }

    /// Takes the bytes that were read from the wire.
    private func take(_ count: Int, from wire: BrokerWire, at now: MonotonicTime) {
        do throws(UplinkFault) {
            switch stage {
            case .securing(_, let channel, _, _):
                try wire.pass(count, to: channel, settings)
                guard try channel.open() == .done else { return }
                talk(over: wire, at: now)
                try hear(channel, wire, at: now)
            case .talking(_, let talk):
                guard let channel = wire.channel else {
                    return talk.session.receive(wire.buffer[..<count], at: now)
                }
                try wire.pass(count, to: channel, settings)
                try hear(channel, wire, at: now)
            case .reaching, .ended: break
            }
        } catch {
            end(error)
        }
    }

    /// Reads what the broker said through TLS.
    private func hear(
        _ channel: SecureChannel, _ wire: BrokerWire, at now: MonotonicTime
    ) throws(UplinkFault) {
        while let count = try wire.decrypt(by: channel) {
            guard count > 0 else { return }
            guard case .talking(_, let talk) = stage else { continue }
            talk.session.receive(wire.plain[..<count], at: now)
        }
        lost(nil)
    }

    /// The other side has ended the connection; a reason it gave goes first.
    private func lost(_ error: SocketError?) {
        var hangUp: HangUp?
        var isGreeted = false
        if case .talking(_, let talk) = stage {
            if let fault = talk.session.fault { return end(fault) }
            isGreeted = talk.session.isGreeted
            if case .ready(let since) = talk.session.phase {
                hangUp = HangUp(readySince: since, isIdle: talk.session.isIdle)
            }
        }
        if let error, error.number != ECONNRESET, error.number != EPIPE {
            return end(settings.fault(lost: error.number))
        }
        if isGreeted { end(settings.hungUp, hangUp) } else { end(settings.closedUnanswered) }
    }

    /// Writes what the session wants written, as far as the system takes it.
    func flush(_ wire: BrokerWire, _ talk: Conversation?, at now: MonotonicTime) {
        do throws(SocketError) {
            repeat {
                guard try wire.write() else { return }
                do throws(UplinkFault) {
                    try wire.refill(with: talk?.session.takeOutput() ?? [])
                } catch {
                    end(error)
                }
            } while !wire.hasWrittenAll
        } catch {
            // Why the broker has hung up may still lie there.
            receive(from: wire, at: now)
            lost(error)
        }
    }
}
