internal import CLinux
import GPIO
import Glibc
import Synchronization

/// What is asked of a chip's thread: filled from any thread, emptied by that one.
final class ChipMailbox: Sendable {
    enum Command: Sendable {
        case set(LineName, isActive: Bool, CheckedContinuation<LineFault?, Never>)
        case use([LineClaim], CheckedContinuation<Void, Never>)
        case close(CheckedContinuation<Void, Never>)
    }

    /// Readable while commands wait.
    let bell: CInt
    private let state = Mutex<(commands: [Command], hasEnded: Bool)>(([], false))

    init() {
        bell = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        precondition(bell >= 0, "no eventfd can be had (error \(errno))")
    }

    deinit {
        Glibc.close(bell)
    }

    /// Hands a command over; one that comes after the end is answered at once.
    func put(_ command: Command) {
        let isTaken = state.withLock { state in
            guard !state.hasEnded else { return false }
            state.commands.append(command)
            return true
        }
        guard isTaken else { return Self.refuse(command) }
        eventfd_write(bell, 1)
    }

    func take() -> [Command] {
        var count: eventfd_t = 0
        eventfd_read(bell, &count)
        return state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Nothing is taken any more; what still waits is refused.
    func end() {
        let rest = state.withLock { state in
            state.hasEnded = true
            defer { state.commands = [] }
            return state.commands
        }
        for command in rest { Self.refuse(command) }
    }

    private static func refuse(_ command: Command) {
        switch command {
        case .set(_, _, let answer): answer.resume(returning: .stopped)
        case .use(_, let done), .close(let done): done.resume()
        }
    }
}
