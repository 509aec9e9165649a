import Execution
import Testing

@Suite struct InheritingLockTests {
    @Test func manyThreadsCountWithoutLosingOne() async {
        let count = InheritingLock(0)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { for _ in 0..<10_000 { count.withLock { $0 += 1 } } }
            }
        }
        #expect(count.withLock { $0 } == 80_000)
    }

    @Test func whatIsThrownInsideLeavesItUnlocked() {
        struct Failure: Error {}
        let lock = InheritingLock("before")
        #expect(throws: Failure.self) {
            try lock.withLock { value in
                value = "after"
                throw Failure()
            }
        }
        #expect(lock.withLock { $0 } == "after")
    }
}
