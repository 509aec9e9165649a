import Execution
import Metering

/// What has arrived for the alarms and was not looked at yet.
///
/// Filled from the threads of buses and chips: a short lock, no suspension. Bounded: of more than
/// ``capacity`` inputs the oldest reading goes, since a later one of its point is behind it or
/// will come; where there is no reading among them, the oldest of all goes. Each is counted.
final class AlarmInbox: Sendable {
    static let capacity = 8_192

    /// Has an item when something has arrived since the last ``take(into:)``.
    let arrivals = Handover<Void>(keeping: 1)
    private let state = InheritingLock(State())

    fileprivate struct State: Sendable {
        var inputs: [AlarmSystemState.Input] = []
        var dropped = 0
    }

    func put(_ input: AlarmSystemState.Input) {
        let isFirst = state.withLock { state in
            state.inputs.append(input)
            if state.inputs.count > Self.capacity { state.drop() }
            return state.inputs.count == 1
        }
        if isFirst { arrivals.put(()) }
    }

    /// Has the reader look again, though nothing has arrived.
    func poke() {
        arrivals.put(())
    }

    /// Takes all there is, in the order it came, in exchange for an empty array.
    func take(into inputs: inout [AlarmSystemState.Input]) {
        state.withLock { swap(&$0.inputs, &inputs) }
    }

    /// How many inputs were dropped.
    var dropped: Int { state.withLock { $0.dropped } }
}

extension AlarmInbox.State {
    fileprivate mutating func drop() {
        let reading = inputs.firstIndex {
            if case .reading = $0 { true } else { false }
        }
        inputs.remove(at: reading ?? 0)
        dropped += 1
    }
}
