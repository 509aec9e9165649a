import Telemetry

/// The gateway's way to a simulated party.
// `@unchecked`: only touched by the thread that has the baton.
final class PartyUplink: Uplink, @unchecked Sendable {
    let events: AsyncStream<UplinkEvent>
    private let teller: AsyncStream<UplinkEvent>.Continuation
    private let party: Party
    private let boot = VirtualMachine.shared.boot
    private var state = State.closed
    /// Counts the connections: what is under way dies with its own.
    private(set) var number = 0

    private enum State { case closed, connecting, open }

    init(_ party: Party) {
        self.party = party
        (events, teller) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1_024))
    }

    func connect(_ terms: ConnectionTerms) async {
        guard state == .closed else { return }
        state = .connecting
        party.connect(self)
    }

    func publish(_ message: OutgoingMessage) async throws(UplinkFault) {
        guard state == .open else { throw .notConnected }
        party.publish(message, over: self)
    }

    func disconnect() async { lose(.notConnected) }

    func close() async {
        state = .closed
        teller.finish()
    }

    /// Has the gateway know of something.
    func tell(_ event: UplinkEvent) {
        // A board without power hears nothing.
        guard boot == VirtualMachine.shared.boot else { return }
        switch event {
        case .connected:
            guard state == .connecting else { return }
            state = .open
            number += 1
        case .disconnected:
            guard state != .closed else { return }
            state = .closed
        case .accepted, .refused, .received, .notSubscribed, .ignored:
            guard state == .open else { return }
        }
        teller.yield(event)
    }

    func lose(_ fault: UplinkFault) { tell(.disconnected(fault)) }
}
