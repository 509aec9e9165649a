package import Execution

/// Clocks that a test moves by hand.
package final class HandClock: Sendable {
    private struct State {
        var now = MonotonicTime(nanoseconds: 1_000_000_000)
        var wall: Timestamp
        var sleepers: [(until: MonotonicTime, wake: CheckedContinuation<Void, Never>)] = []
    }

    private let state: InheritingLock<State>

    /// - Parameter wall: The time of day that it is at first.
    package init(_ wall: Timestamp) {
        state = InheritingLock(State(wall: wall))
    }

    package var source: TimeSource {
        TimeSource(
            monotonic: { self.state.withLock { $0.now } },
            wall: { WallTime(self.state.withLock { $0.wall }, isSynchronized: true) },
            sleep: { until in await self.sleep(until) })
    }

    package var sleepers: Int { state.withLock { $0.sleepers.count } }

    /// Moves the clocks, and wakes who has slept long enough.
    package func pass(_ duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            state.wall = state.wall + duration
            let now = state.now
            let woken = state.sleepers.filter { $0.until <= now }
            state.sleepers.removeAll { $0.until <= now }
            return woken
        }
        for sleeper in woken { sleeper.wake.resume() }
    }

    private func sleep(_ until: MonotonicTime) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { wake in
                let isOver = state.withLock { state in
                    guard !Task.isCancelled, until > state.now else { return true }
                    state.sleepers.append((until, wake))
                    return false
                }
                if isOver { wake.resume() }
            }
        } onCancel: {
            let woken = state.withLock { state in
                defer { state.sleepers = [] }
                return state.sleepers
            }
            for sleeper in woken { sleeper.wake.resume() }
        }
    }
}
