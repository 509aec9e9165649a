import Execution
import TestSupport

/// A runner in virtual time, on one thread, with the next job picked by a seed.
final class ScriptWorld: Sendable {
    let clock = HandClock(Timestamp(milliseconds: 1_800_000_000_000))
    let executor: SeededExecutor
    let field: ScriptField
    let host: ScriptHost
    private let ended = InheritingLock(false)
    private let asked = InheritingLock<[Int: Ending]>([:])

    /// - Parameter sleepsShort: Whether who sleeps is woken too early each second time.
    init(
        seed: UInt64, _ machine: ScriptMachine = ScriptMachine(), inputCapacity: Int = 8_192,
        sleepsShort: Bool = false
    ) {
        let hands = clock.source
        let isShort = InheritingLock(false)
        executor = SeededExecutor(seed: seed)
        field = ScriptField(seed: seed, time: hands)
        let time = TimeSource(
            monotonic: hands.monotonic, wall: hands.wall,
            sleep: { until in
                let goesOff = isShort.withLock { isShort in
                    isShort = sleepsShort && !isShort
                    return isShort
                }
                let now = hands.monotonic()
                await hands.sleep(goesOff ? now.advanced(by: now.duration(to: until) / 2) : until)
            })
        host = ScriptHost(
            machine, field: field, time: time, executor: executor, pool: executor,
            inputCapacity: inputCapacity)
    }

    var now: MonotonicTime { clock.source.monotonic() }
    var hasEnded: Bool { ended.withLock { $0 } }

    func begin() -> Task<Void, Never> {
        task {
            await self.host.run()
            self.ended.withLock { $0 = true }
        }
    }

    @discardableResult
    func task(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: executor) { await body() }
    }

    /// What comes of something that is asked.
    func result<Value: Sendable>(of body: @escaping @Sendable () async -> Value) -> Value? {
        let found = InheritingLock<Value?>(nil)
        task {
            let value = await body()
            found.withLock { $0 = value }
        }
        executor.run()
        return found.withLock { $0 }
    }

    /// What has come of asking.
    enum Ending: Hashable, Sendable {
        case answered(Int)
        case dismissed
        case refused(ScriptMachine.Refusal)
    }

    /// Has something done, and notes how that ends.
    func ask(_ number: Int) {
        task {
            let ending: Ending
            do throws(ScriptMachine.Refusal) {
                ending = try await self.host.finish(number).map { .answered($0) } ?? .dismissed
            } catch {
                ending = .refused(error)
            }
            self.asked.withLock { $0[number] = ending }
        }
    }

    var endings: [Int: Ending] { asked.withLock { $0 } }

    /// What the machine is now.
    var machine: ScriptMachine? { result { await self.host.machine } }

    /// Lets time pass step by step: who is woken too late is so by a step at least.
    func pass(milliseconds: Int) {
        executor.run()
        for _ in 0..<milliseconds {
            clock.pass(.milliseconds(1))
            executor.run()
        }
    }
}
