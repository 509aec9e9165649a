import Execution
import Glibc
import Telemetry

/// What the connection's thread is asked to do, and the bell that wakes it.
final class UplinkMailbox: Sendable {
    enum Command: Sendable {
        case connect(ConnectionTerms)
        case publish(OutgoingMessage, CheckedContinuation<UplinkFault?, Never>)
        case disconnect
        case close(CheckedContinuation<Void, Never>?)
    }

    private struct State: Sendable {
        var commands: [Command] = []
        /// Whether messages are taken.
        var isOpen = false
        /// Whether the thread may be held up by the resolver.
        var isResolving = false
        var isEnded = false
        var waker: CInt
    }

    /// Readable when there are commands.
    let bell: CInt
    private let state: InheritingLock<State>

    init() {
        var ends: [CInt] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe can be made (error \(errno))")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        bell = ends[0]
        state = InheritingLock(State(waker: ends[1]))
    }

    /// Hands a command over.
    ///
    /// - Returns: `false` where the thread has ended; the command was dropped then.
    func post(_ command: Command) -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return false }
            if case .disconnect = command { state.isOpen = false }
            state.commands.append(command)
            ring(state)
            return true
        }
    }

    /// Hands a message over, unless there is no connection to send it on.
    func post(_ message: OutgoingMessage, _ answer: CheckedContinuation<UplinkFault?, Never>) {
        let isTaken = state.withLock { state in
            guard state.isOpen, !state.isEnded else { return false }
            state.commands.append(.publish(message, answer))
            ring(state)
            return true
        }
        if !isTaken { answer.resume(returning: .notConnected) }
    }

    /// Asks the thread to end, and has `ended` resumed when it has; at once where it has already,
    /// or where the resolver may hold it up for longer than anyone wants to wait.
    func close(_ ended: CheckedContinuation<Void, Never>) {
        let isWaiting = state.withLock { state in
            guard !state.isEnded else { return false }
            state.isOpen = false
            state.commands.append(.close(state.isResolving ? nil : ended))
            ring(state)
            return !state.isResolving
        }
        if !isWaiting { ended.resume() }
    }

    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands.removeAll() }
            var rings: UInt64 = 0
            while read(bell, &rings, 8) > 0 {}
            return state.commands
        }
    }

    func setOpen(_ isOpen: Bool) {
        state.withLock { $0.isOpen = isOpen }
    }

    func setResolving(_ isResolving: Bool) {
        state.withLock { $0.isResolving = isResolving }
    }

    /// Takes no more commands, and answers those that came too late.
    func end() {
        let late = state.withLock { state in
            state.isEnded = true
            state.isOpen = false
            Glibc.close(bell)
            Glibc.close(state.waker)
            defer { state.commands.removeAll() }
            return state.commands
        }
        for command in late {
            switch command {
            case .publish(_, let answer): answer.resume(returning: .notConnected)
            case .close(let ended): ended?.resume()
            case .connect, .disconnect: break
            }
        }
    }

    private func ring(_ state: State) {
        var ring: UInt8 = 1
        // A full pipe rings already.
        _ = write(state.waker, &ring, 1)
    }
}
