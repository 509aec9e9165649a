import Synchronization

/// A part of the gateway that runs beside the others and can be ended by itself.
package final class Part: Sendable {
    /// For the log.
    package let name: String
    private let body: @Sendable () async -> Void
    private let stops: AsyncStream<Void>
    private let stopper: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private struct State {
        var hasBegun = false
        var isStopped = false
        var hasEnded = false
        var waiters: [AsyncStream<Void>.Continuation] = []
    }

    /// - Parameter body: Runs until it is cancelled.
    package init(_ name: String, _ body: @escaping @Sendable () async -> Void) {
        self.name = name
        self.body = body
        (stops, stopper) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs the part until it is stopped or the task is cancelled. One that was stopped before does
    /// nothing. To be called once.
    package func run() async {
        let mayBegin = state.withLock { state in
            state.hasBegun = !state.isStopped
            return state.hasBegun
        }
        guard mayBegin else { return }
        let (body, stops) = (body, stops)
        await withTaskGroup { group in
            group.addTask { await body() }
            group.addTask { for await _ in stops {} }
            await group.next()
            group.cancelAll()
        }
        end()
    }

    package var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Ends the part and waits until it has ended; one that has not begun never does.
    package func stop() async {
        let isUnborn = state.withLock { state in
            state.isStopped = true
            return !state.hasBegun
        }
        if isUnborn { end() }
        stopper.finish()
        await untilEnded()
    }

    /// Waits until the part has ended, or the task is cancelled.
    package func untilEnded() async {
        let (ends, waiter) = AsyncStream<Void>.makeStream()
        let hasEnded = state.withLock { state in
            if !state.hasEnded { state.waiters.append(waiter) }
            return state.hasEnded
        }
        if hasEnded { return }
        for await _ in ends {}
    }

    private func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }
}

extension Part {
    /// Ends parts together, and waits for them no longer than so.
    ///
    /// - Returns: The names of those that have not ended by then.
    package static func stop(
        _ parts: [Part], within limit: Duration, _ time: TimeSource
    ) async -> [String] {
        await wait(for: parts, within: limit, time) { await $0.stop() }
    }

    /// Waits for parts that end by themselves, no longer than so.
    ///
    /// - Returns: The names of those that have not ended by then.
    package static func wait(
        for parts: [Part], within limit: Duration, _ time: TimeSource,
        by wait: @escaping @Sendable (Part) async -> Void = { await $0.untilEnded() }
    ) async -> [String] {
        guard !parts.isEmpty else { return [] }
        await withTaskGroup { group in
            group.addTask {
                await withDiscardingTaskGroup { waits in
                    for part in parts { waits.addTask { await wait(part) } }
                }
            }
            group.addTask { await time.sleep(time.monotonic().advanced(by: limit)) }
            await group.next()
            group.cancelAll()
        }
        return parts.filter { !$0.hasEnded }.map(\.name).sorted()
    }
}
