/// Whose turn it is, among callers of an actor that must go one after the other, in the order they
/// came: the next one's turn begins where the last one's ends, with nobody in between.
///
///     if !turns.take() { await withCheckedContinuation { turns.wait($0) } }
///     defer { turns.end() }
package struct Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init() {}

    /// Takes the turn where it is free.
    package mutating func take() -> Bool {
        guard !isTaken else { return false }
        isTaken = true
        return true
    }

    /// Waits for the turn; it is taken when the continuation goes on.
    package mutating func wait(_ continuation: CheckedContinuation<Void, Never>) {
        waiting.append(continuation)
    }

    /// Ends the turn.
    package mutating func end() {
        guard !waiting.isEmpty else {
            isTaken = false
            return
        }
        waiting.removeFirst().resume()
    }
}
