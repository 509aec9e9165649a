import Execution
import Glibc
import Testing

@Suite(.timeLimit(.minutes(15))) struct ThreadExecutorTests {
    @Test func jobsRunInTheOrderTheyCameOnOneThread() async {
        let place = Place(ThreadExecutor(name: "place"))
        var threads: Set<pthread_t> = []
        for number in 0..<100 {
            await place.note(number)
            threads.insert(await place.thread)
        }
        #expect(threads.count == 1)
        #expect(await place.log == Array(0..<100))
    }

    @Test func itsThreadEndsWithIt() async throws {
        let before = try threadCount()
        for _ in 0..<20 { await Place(ThreadExecutor(name: "short")).note(0) }
        let clock = ContinuousClock()
        let limit = clock.now + .seconds(30)
        while try threadCount() > before + 8, clock.now < limit {
            try await clock.sleep(for: .milliseconds(5))
        }
        // Some of the common pool's may have come meanwhile.
        #expect(try threadCount() <= before + 8)
    }

    private func threadCount() throws -> Int {
        let folder = try #require(opendir("/proc/self/task"))
        defer { closedir(folder) }
        var count = -2  // The folder itself, and the one it is in.
        while readdir(folder) != nil { count += 1 }
        return count
    }
}

/// What takes a task of an actor away from its thread does not, where the thread is its home.
@Suite(.timeLimit(.minutes(15))) struct HomeThreadTests {
    @Test func whatBelongsToNoActorRunsOnItToo() async {
        let thread = HomeThread(name: "home")
        let place = Place(thread)
        let strayed = await withTaskExecutorPreference(thread) { await Self.wander() }
        #expect(strayed == [await place.thread])
    }

    @Test func childTasksStayUnlessTheyPreferAnother() async {
        let thread = HomeThread(name: "home")
        let home = await Place(thread).thread
        let threads = await withTaskExecutorPreference(thread) {
            await withTaskGroup(of: (Bool, pthread_t).self) { group in
                for place in 0..<10 {
                    let isGuest = place % 2 == 1
                    group.addTask(
                        executorPreference: isGuest ? globalConcurrentExecutor : thread
                    ) { (isGuest, await Self.wander().first ?? pthread_self()) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(threads.allSatisfy { isGuest, thread in isGuest == (thread != home) })
    }

    /// The threads that are seen behind everything that waits.
    @concurrent private static func wander() async -> Set<pthread_t> {
        var threads: Set<pthread_t> = [pthread_self()]
        for _ in 0..<20 {
            await Task.yield()
            threads.insert(pthread_self())
            await withCheckedContinuation { $0.resume() }
            threads.insert(pthread_self())
            await withTaskCancellationHandler {
                _ = threads.insert(pthread_self())
            } onCancel: {
            }
            let (stream, input) = AsyncStream.makeStream(of: Int.self)
            input.yield(1)
            input.finish()
            for await _ in stream { threads.insert(pthread_self()) }
        }
        return threads
    }
}

/// Something that happens on one thread.
private actor Place {
    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor
    private(set) var log: [Int] = []

    init(_ executor: any SerialExecutor) {
        self.executor = executor
    }

    var thread: pthread_t { pthread_self() }

    func note(_ number: Int) { log.append(number) }
}
