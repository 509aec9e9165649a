import Execution

/// Clocks that a test moves by hand.
final class HandClock: Sendable {
    private struct State {
        var now = MonotonicTime(nanoseconds: 1_000_000_000)
        var sleepers: [(until: MonotonicTime, wake: CheckedContinuation<Void, Never>?)] = []
    }

    private let state = InheritingLock(State())

    var source: TimeSource {
        TimeSource(
            monotonic: { self.state.withLock { $0.now } },
            wall: { WallTime(Timestamp(milliseconds: 1_800_000_000_000), isSynchronized: true) },
            sleep: { until in await self.sleep(until) })
    }

    /// Moves the clocks, and wakes who has slept long enough.
    func pass(_ duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let woken = state.sleepers.filter { $0.until <= state.now }
            state.sleepers.removeAll { $0.until <= state.now }
            return woken
        }
        for sleeper in woken { sleeper.wake?.resume() }
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
            for sleeper in woken { sleeper.wake?.resume() }
        }
    }
}
