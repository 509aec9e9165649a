import Execution
import LinuxSystem
import Synchronization
import Testing

struct PartTests {
    /// A body that runs until it is cancelled, and has begun when `started` has an element.
    private static func until(cancelled started: AsyncStream<Void>.Continuation) -> Part {
        Part("sleeper") {
            started.yield()
            await TimeSource.system.sleep(MonotonicTime(nanoseconds: .max))
        }
    }

    @Test func `A part that never ran is stopped at once, and never runs after`() async {
        let hasRun = Mutex(false)
        let part = Part("unborn") { hasRun.withLock { $0 = true } }
        await part.stop()
        #expect(part.hasEnded)
        await part.run()
        #expect(!hasRun.withLock { $0 })
    }

    @Test func `Everybody who waits hears of the end, before it and after`() async {
        let (starts, start) = AsyncStream<Void>.makeStream()
        let part = Self.until(cancelled: start)
        await withTaskGroup { group in
            group.addTask { await part.run() }
            for await _ in starts { break }
            for _ in 0..<3 { group.addTask { await part.stop() } }
            group.addTask { await part.untilEnded() }
        }
        await part.untilEnded()
        #expect(part.hasEnded)
    }

    @Test func `A part that does not end is named, and holds up nobody`() async {
        let (starts, start) = AsyncStream<Void>.makeStream()
        let ends = Mutex<CheckedContinuation<Void, Never>?>(nil)
        // It hears of no cancellation, as a thread that hangs in the kernel.
        let stuck = Part("bus riser-1") {
            await withCheckedContinuation { end in
                ends.withLock { $0 = end }
                start.yield()
            }
        }
        let sound = Self.until(cancelled: start)
        await withDiscardingTaskGroup { group in
            group.addTask { await stuck.run() }
            group.addTask { await sound.run() }
            var count = 0
            for await _ in starts {
                count += 1
                if count == 2 { break }
            }
            // A machine that takes a second for what is sound is slow, and no less right.
            let names = await Part.stop([stuck, sound], within: .seconds(1), .system)
            #expect(names.contains("bus riser-1"))
            #expect(!stuck.hasEnded)
            ends.withLock { $0?.resume() }
        }
        #expect(stuck.hasEnded && sound.hasEnded)
    }
}
