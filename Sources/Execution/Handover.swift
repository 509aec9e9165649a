/// Hands items from any thread to the one task that waits for them.
///
/// Other than with an `AsyncStream`, the lock in between lends its holder the urgency of who waits
/// for it: an urgent thread is held up by no other. Bounded: beyond its capacity the oldest item
/// goes.
package final class Handover<Item: Sendable>: Sendable {
    private struct State: Sendable {
        var items: [Item] = []
        var reader: CheckedContinuation<Item?, Never>?
        var hasEnded = false
    }

    private let capacity: Int
    private let state = InheritingLock(State())

    package init(keeping capacity: Int) {
        precondition(capacity > 0, "something must be kept until it is read")
        self.capacity = capacity
    }

    /// Hands an item over. Returns at once, from any thread.
    ///
    /// - Returns: Whether another had to go for it.
    @discardableResult
    package func put(_ item: Item) -> Bool {
        let (reader, isFull) = state.withLock { state in
            if let reader = state.reader {
                state.reader = nil
                return (Optional(reader), false)
            }
            let isFull = state.items.count == capacity
            if isFull { state.items.removeFirst() }
            state.items.append(item)
            return (nil, isFull)
        }
        // Outside the lock: whoever reads may be more urgent than this thread.
        reader?.resume(returning: item)
        return isFull
    }

    /// The next item, in the order they were put; `nil` once it has ended and all are read. For
    /// one task at a time, and whether or not that is cancelled: who reads is told by ``end()``.
    package func next() async -> Item? {
        await withCheckedContinuation { reader in
            let (item, mustWait) = state.withLock { state -> (Item?, Bool) in
                guard state.items.isEmpty else { return (state.items.removeFirst(), false) }
                guard !state.hasEnded else { return (nil, false) }
                precondition(state.reader == nil, "two tasks wait for the same items")
                state.reader = reader
                return (nil, true)
            }
            if !mustWait { reader.resume(returning: item) }
        }
    }

    /// Nothing more will come.
    package func end() {
        let reader = state.withLock { state in
            state.hasEnded = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }
}
