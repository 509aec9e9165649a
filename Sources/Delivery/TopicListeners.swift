package import MQTT
import Synchronization
package import Telemetry

/// Those who listen beside the delivery on its connection. Each has a stream of its own, which
/// holds so many messages: of one that is slow, or is flooded, the newest are let go, and that is
/// told. Nobody waits for it.
package final class TopicListeners: Sendable {
    private struct Listener: Sendable {
        let name: String
        let messages: AsyncStream<ReceivedMessage>.Continuation
        /// How many it has missed since it last took one.
        var missed = 0
    }

    private struct State: Sendable {
        var router = TopicRouter<Int>()
        var listeners: [Int: Listener] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// Hears of topics, from the next connection on: subscriptions are made before anything is
    /// delivered. Whoever ends the stream no longer listens.
    ///
    /// - Parameters:
    ///   - name: How it is told that messages were let go.
    ///   - room: How many messages may wait, each at most 256 KiB.
    package func listen(
        to filters: [TopicFilter], as name: String, room: Int = 16
    ) -> AsyncStream<ReceivedMessage> {
        let (stream, messages) = AsyncStream<ReceivedMessage>.makeStream(
            bufferingPolicy: .bufferingOldest(room))
        let number = state.withLock { state in
            state.count += 1
            state.listeners[state.count] = Listener(name: name, messages: messages)
            state.router.add(state.count, filters)
            return state.count
        }
        messages.onTermination = { [weak self] _ in self?.leave(number) }
        return stream
    }

    private func leave(_ number: Int) {
        state.withLock { state in
            state.listeners[number] = nil
            state.router.remove(number)
        }
    }

    /// What a connection subscribes for them; the delivery goes on without what is refused.
    var subscriptions: [Subscription] {
        state.withLock { $0.router.filters }.map { Subscription($0, isRequired: false) }
    }

    /// Hands a message to everybody who listens to it.
    ///
    /// - Returns: What is worth telling: who has begun to miss messages.
    func deliver(_ message: ReceivedMessage) -> [UplinkFault] {
        state.withLock { state in
            var faults: [UplinkFault] = []
            for number in state.router.listeners(of: message.topic) {
                guard var listener = state.listeners[number] else { continue }
                if case .dropped = listener.messages.yield(message) {
                    listener.missed += 1
                    if listener.missed == 1 {
                        faults.append(
                            .refused(
                                "more comes to \(message.topic) than \(listener.name) takes; what "
                                    + "it has no room for is let go"))
                    }
                } else {
                    listener.missed = 0
                }
                state.listeners[number] = listener
            }
            return faults
        }
    }
}
