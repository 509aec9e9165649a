import Execution

/// A task that sleeps until a moment of the virtual clock, or until it is cancelled.
// `@unchecked`: only touched by the thread that has the baton.
final class Sleeper: @unchecked Sendable {
    private var task: UnsafeContinuation<Void, Never>?
    private var isCancelled = false

    static func sleep(until moment: Int64) async {
        let machine = VirtualMachine.shared
        guard moment > machine.now else { return }
        let sleeper = Sleeper()
        await withTaskCancellationHandler {
            await withUnsafeContinuation { task in
                if sleeper.isCancelled { return task.resume() }
                sleeper.task = task
                machine.add(sleeper, at: moment)
            }
        } onCancel: {
            sleeper.isCancelled = true
            if sleeper.task != nil { machine.resume(sleeper) }
        }
    }

    func wake() {
        task?.resume()
        task = nil
    }
}
