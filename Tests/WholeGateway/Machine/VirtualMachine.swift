import Execution
import Glibc

/// The machine under a simulated world: one clock that stands still while anything is left to do,
/// and one thing done at a time, in an order that the seed decides.
///
/// Jobs of Swift tasks, of serial executors and events of the world are picked by lot from what is
/// ready; when nothing is, time moves to the next thing that is due. A job that blocks keeps its
/// thread, and another thread goes on with the loop: threads pass a baton, and whoever has it is
/// the only one that runs. Nearly always nothing is due before a block ends; then time moves on the
/// spot and no thread changes.
// `@unchecked`: only touched by the thread that has the baton.
final class VirtualMachine: @unchecked Sendable {
    /// A global, since the Swift runtime hands over jobs without saying whose they are.
    static let shared = VirtualMachine()

    enum Work {
        case job(UnownedJob)
        case executor(VirtualExecutor)
        case sleeper(Sleeper)
        case event(@Sendable () -> Void)
        case blocked(VirtualThread)
    }

    /// Nanoseconds since the world began.
    private(set) var now: Int64 = 0
    var random = SeededRandom(seed: 0)
    private var ready: [Work] = []
    private var due = DueQueue<Work>()
    private var idle: [VirtualThread] = []
    private var blocked: [VirtualThread] = []
    private var isCutting = false
    private var cutter: VirtualThread?
    private let finished = VirtualThread()
    private var isFinished = false
    /// What a thread that blocks has left to the next leader.
    private var handedOver: Work?

    /// How much was done: for the figures.
    private(set) var worksDone = 0
    private(set) var threadChanges = 0
    /// A digest of everything in the order it was done: the same seed gives the same.
    private(set) var digest = Digest()

    /// Counts up with each power cut: what belongs to an earlier boot is not done any more.
    private(set) var boot = 0

    func mix(_ number: UInt64) { digest.mix(number) }

    // MARK: - What is to be done

    /// A job of a task that no executor of its own has.
    func enqueue(_ job: UnownedJob) {
        checkBaton()
        if !isCutting { ready.append(.job(job)) }
    }

    func enqueue(_ executor: VirtualExecutor) {
        checkBaton()
        if !isCutting, executor.boot == boot { ready.append(.executor(executor)) }
    }

    func resume(_ sleeper: Sleeper) {
        if !isCutting { ready.append(.sleeper(sleeper)) }
    }

    func add(_ sleeper: Sleeper, at moment: Int64) {
        if !isCutting { due.push(.sleeper(sleeper), at: moment) }
    }

    /// Has the world do something after a while.
    func after(_ pause: Duration, _ body: @escaping @Sendable () -> Void) {
        due.push(.event(body), at: now + max(0, pause.nanoseconds))
    }

    // MARK: - Running

    /// Runs until ``finish()``. Blocks the calling thread.
    func run() {
        holder = pthread_self()
        let leader = VirtualThread()
        leader.start { self.lead(leader) }
        finished.wait()
    }

    /// Ends ``run()`` after the present work.
    func finish() { isFinished = true }

    /// The thread that has the baton.
    private var holder = pthread_t()

    /// - Precondition: Nothing runs beside the machine: what did, would not come again the same.
    func checkBaton() {
        precondition(
            pthread_equal(holder, pthread_self()) != 0, "something runs beside the machine")
    }

    private func lead(_ thread: VirtualThread) {
        while true {
            holder = pthread_self()
            if isFinished {
                finished.wake()
                thread.wait()
                continue
            }
            if let cutter {
                // What blocked here was cut off, and has come to its end.
                self.cutter = nil
                rest(thread, waking: cutter)
                continue
            }
            if let work = handedOver {
                handedOver = nil
                perform(work, on: thread)
            } else {
                perform(takeNext(), on: thread)
            }
        }
    }

    /// What is done next; time moves where nothing is ready.
    private func takeNext() -> Work {
        if ready.isEmpty {
            guard let first = due.pop() else { fatalError("nothing will ever happen again") }
            if first.moment > now { now = first.moment }
            ready.append(first.item)
        }
        while let first = due.first, first <= now, let next = due.pop() {
            ready.append(next.item)
        }
        return takeByLot()
    }

    private func takeByLot() -> Work {
        let last = ready.count - 1
        if last == 0 { return ready.removeLast() }
        ready.swapAt(Int(random.next() % UInt64(last + 1)), last)
        return ready.removeLast()
    }

    private func perform(_ work: Work, on thread: VirtualThread) {
        worksDone += 1
        switch work {
        case .job(let job):
            mix(1)
            job.runSynchronously(on: VirtualExecutor.none)
        case .executor(let executor):
            mix(2)
            executor.runNext()
        case .sleeper(let sleeper):
            mix(3)
            sleeper.wake()
        case .event(let body):
            mix(UInt64(bitPattern: now))
            body()
        case .blocked(let other):
            mix(4)
            rest(thread, waking: other)
        }
    }

    /// Hands the baton over, and waits to be the leader again.
    private func rest(_ thread: VirtualThread, waking other: VirtualThread) {
        threadChanges += 1
        idle.append(thread)
        other.wake()
        thread.wait()
    }

    /// Blocks the thread of a job until a moment.
    ///
    /// - Returns: Whether the power is still there.
    @discardableResult
    func block(until moment: Int64) -> Bool {
        if isCutting {
            now = max(now, moment)
            return false
        }
        if ready.isEmpty, due.first.map({ $0 > moment }) ?? true {
            now = max(now, moment)
            return true
        }
        let own = VirtualThread()
        let ownBoot = boot
        due.push(.blocked(own), at: moment)
        blocked.append(own)
        if !goesOn(as: own) {
            own.wait()
            holder = pthread_self()
        }
        blocked.removeAll { $0 === own }
        return boot == ownBoot && !isCutting
    }

    /// Goes on with what is next, from a thread that blocks: hands over to the thread whose block
    /// ends first, or to a leader where a job is next.
    ///
    /// - Returns: Whether it is this thread's own turn again.
    private func goesOn(as own: VirtualThread) -> Bool {
        while !isFinished {
            let work = takeNext()
            switch work {
            case .blocked(let other):
                worksDone += 1
                mix(4)
                if other === own { return true }
                threadChanges += 1
                other.wake()
                return false
            case .sleeper(let sleeper):
                worksDone += 1
                mix(3)
                sleeper.wake()
                continue
            case .job, .executor, .event: handedOver = work
            }
            break
        }
        threadChanges += 1
        if let next = idle.popLast() {
            next.wake()
        } else {
            let next = VirtualThread()
            next.start { self.lead(next) }
        }
        return false
    }

    // MARK: - The power

    /// Cuts the power: whatever tasks there are, they are not heard of again. What blocks is led to
    /// its end, with all calls failing. To be called by an event of the world.
    func cutPower() {
        let moment = now
        isCutting = true
        ready.removeAll { if case .event = $0 { false } else { true } }
        due.removeAll { if case .event = $0 { false } else { true } }
        while let thread = blocked.last {
            let own = VirtualThread()
            cutter = own
            threadChanges += 1
            thread.wake()
            own.wait()
            holder = pthread_self()
        }
        isCutting = false
        boot += 1
        now = moment
    }
}
