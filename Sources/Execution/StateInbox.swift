/// What has arrived for a state machine and was not looked at yet.
///
/// Filled from the threads of buses and chips: a short lock, no suspension. Bounded: where it is full
/// the oldest that ``StateInput/isReplaceable`` goes; where there is none, the oldest of all. Each is
/// counted. What actions have come to is never dropped: there is no more of it than of actions.
package final class StateInbox<Input: StateInput>: Sendable {
    /// Has an item when something has arrived since the last ``take(into:)``.
    let arrivals = Handover<Void>(keeping: 1)
    private let capacity: Int
    private let state = InheritingLock(State())

    struct Entry: Sendable {
        let input: Input
        let isOutcome: Bool
    }

    fileprivate struct State: Sendable {
        var entries: [Entry] = []
        var dropped = 0
        var hasEnded = false
    }

    init(keeping capacity: Int) {
        self.capacity = capacity
    }

    /// Tells the machine something. Returns at once, from any thread; those of one thread are looked
    /// at in their order.
    package func put(_ input: Input) {
        put(Entry(input: input, isOutcome: false))
    }

    /// Tells the machine what an action has come to.
    func putOutcome(_ input: Input) {
        put(Entry(input: input, isOutcome: true))
    }

    private func put(_ entry: Entry) {
        let isFirst = state.withLock { state in
            guard !state.hasEnded else { return false }
            state.entries.append(entry)
            if state.entries.count > capacity, let place = state.dispensable {
                state.entries.remove(at: place)
                state.dropped += 1
            }
            return state.entries.count == 1
        }
        if isFirst { arrivals.put(()) }
    }

    /// Has the reader look again, though nothing has arrived.
    func poke() {
        arrivals.put(())
    }

    /// Takes all there is, in the order it came, in exchange for an empty array.
    func take(into entries: inout [Entry]) {
        state.withLock { swap(&$0.entries, &entries) }
    }

    /// How many inputs were dropped since the start.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// Nothing more is heard.
    func end() {
        state.withLock { $0.hasEnded = true }
        arrivals.end()
    }
}

extension StateInbox.State {
    /// Where the entry is that goes first.
    fileprivate var dispensable: Int? {
        entries.firstIndex { !$0.isOutcome && $0.input.isReplaceable }
            ?? entries.firstIndex { !$0.isOutcome }
    }
}
