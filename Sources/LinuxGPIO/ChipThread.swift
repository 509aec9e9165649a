internal import CGPIOD
internal import CLinux
import Execution
import GPIO
import Glibc

/// The thread of one chip: it alone touches the chip's lines, and waits for edges and for commands
/// at once.
final class ChipThread {
    private let name: String
    private var lines: [ChipLine]
    private var byName: [LineName: ChipLine]
    private let mailbox: ChipMailbox
    private let onEvent: @Sendable (ChipEvent) -> Void
    private var chip: OpaquePointer?
    private var isEnding = false
    private var whenEnded: [CheckedContinuation<Void, Never>] = []
    private var nextLook = MonotonicTime(nanoseconds: 0)
    private var pause = ChipThread.shortestPause

    /// How often inputs are looked at besides their edges, of which the kernel may drop some, and
    /// outputs, to notice that their chip has gone.
    static let lookInterval = Duration.seconds(1)
    /// From one try to find a chip that is missing, or to claim a line that is taken, to the next.
    static let shortestPause = Duration.milliseconds(250)
    static let longestPause = Duration.seconds(10)

    init(
        _ name: String, claims: [LineClaim], mailbox: ChipMailbox,
        onEvent: @escaping @Sendable (ChipEvent) -> Void
    ) {
        self.name = name
        lines = claims.map(ChipLine.init)
        byName = Dictionary(lines.map { ($0.claim.name, $0) }) { $1 }
        self.mailbox = mailbox
        self.onEvent = onEvent
    }

    /// Starts the thread and hands `self` over to it.
    consuming func start() {
        let thread = self
        SystemThread.start("gpio", isUrgent: true, isPunctual: true) { thread.run() }
    }

    private func run() {
        while !isEnding {
            look()
            let ready = wait()
            for line in ready { takeEdges(of: line) }
            for command in mailbox.take() { carryOut(command) }
            settle()
        }
        leave()
        mailbox.end()
        for ended in whenEnded { ended.resume() }
    }

    private func carryOut(_ command: ChipMailbox.Command) {
        switch command {
        case .set(let name, let isActive, let answer):
            let fault = byName[name].map { $0.set(isActive) } ?? .stopped
            answer.resume(returning: fault)
            if case .refused(let code) = fault, Self.isGone(code) { lose() }
        case .use(let claims, let done):
            use(claims)
            done.resume()
        case .close(let ended):
            whenEnded.append(ended)
            isEnding = true
        }
    }

    /// Gives up the lines that are not claimed so any more, and claims those that are new.
    private func use(_ claims: [LineClaim]) {
        for line in lines where !claims.contains(line.claim) { giveUp(line) }
        lines = claims.map { claim in lines.first { $0.claim == claim } ?? ChipLine(claim) }
        byName = Dictionary(lines.map { ($0.claim.name, $0) }) { $1 }
        nextLook = Self.now
        look()
    }

    private func giveUp(_ line: ChipLine) {
        if case .output(let isActive) = line.claim.direction { _ = line.set(isActive) }
        line.release(.stopped)
    }

    /// Drives every output to its initial state and gives all lines up.
    private func leave() {
        for line in lines { giveUp(line) }
        if let chip { gpiod_chip_close(chip) }
        chip = nil
    }

    // MARK: - Coming and going

    /// Looks for a chip that is missing and lines that are not claimed; reads all others again.
    private func look() {
        let now = Self.now
        guard now >= nextLook else { return }
        if chip == nil { chip = ChipFinder.open(name) }
        guard let chip else {
            for line in lines { line.release(.chipMissing(name)) }
            tellFaults(at: now)
            return tryLater(at: now)
        }
        for line in lines where line.handle == nil {
            guard line.claim(on: chip), line.handle != nil else { continue }
            if !line.isInput { onEvent(.restored(line.claim.name)) }
        }
        tellFaults(at: now)
        for line in lines where line.handle != nil {
            if let level = line.level() {
                tell(line.change(seeing: level, at: now))
            } else if Self.isGone(errno) {
                return lose()
            }
        }
        guard lines.contains(where: { $0.handle == nil }) else {
            pause = Self.shortestPause
            nextLook = now.advanced(by: Self.lookInterval)
            return
        }
        tryLater(at: now)
    }

    private func tryLater(at now: MonotonicTime) {
        nextLook = now.advanced(by: min(pause, Self.lookInterval * 10))
        pause = min(pause * 2, Self.longestPause)
    }

    /// The chip has gone: a USB expander was pulled.
    private func lose() {
        for line in lines { line.release(.chipMissing(name)) }
        if let chip { gpiod_chip_close(chip) }
        chip = nil
        pause = Self.shortestPause
        nextLook = Self.now.advanced(by: pause)
        tellFaults(at: Self.now)
    }

    private static func isGone(_ code: CInt) -> Bool {
        [ENODEV, ENXIO, EIO, EBADF].contains(code)
    }

    private func tellFaults(at now: MonotonicTime) {
        for line in lines {
            guard line.fault != nil else { continue }
            tell(line.change(toFaultAt: now))
            if let fault = line.newFault() { onEvent(.failed(line.claim.name, fault)) }
        }
    }

    private func tell(_ change: LineChange?) {
        if let change { onEvent(.changed(change)) }
    }

    // MARK: - Edges

    private func takeEdges(of line: ChipLine) {
        guard let edge = line.takeEdge() else {
            if Self.isGone(errno) { lose() }
            return
        }
        tell(line.change(seeing: edge.isActive, at: edge.time))
    }

    private func settle() {
        let now = Self.now
        for line in lines where line.nextWakeUp.map({ $0 <= now }) ?? false {
            // The kernel may have dropped the last edge: what counts is what the line is now.
            if let level = line.level() { tell(line.change(seeing: level, at: now)) }
            tell(line.change(at: now))
        }
    }

    /// Waits for commands, for edges, or until something is due.
    ///
    /// - Returns: The lines of which an edge waits.
    private func wait() -> [ChipLine] {
        var descriptors = [pollfd(fd: mailbox.bell, events: CShort(POLLIN), revents: 0)]
        let inputs = lines.filter { $0.descriptor >= 0 }
        for line in inputs {
            descriptors.append(pollfd(fd: line.descriptor, events: CShort(POLLIN), revents: 0))
        }
        let due = lines.compactMap(\.nextWakeUp).reduce(nextLook, min)
        // Rounded up, so that what is due is due when this returns.
        let patience = max(0, Self.now.duration(to: due).nanoseconds + 999_999) / 1_000_000
        poll(&descriptors, nfds_t(descriptors.count), CInt(clamping: patience))
        guard !descriptors.dropFirst().contains(where: { $0.revents & Self.gone != 0 }) else {
            lose()
            return []
        }
        return zip(inputs, descriptors.dropFirst()).filter { $0.1.revents != 0 }.map(\.0)
    }

    private static let gone = CShort(POLLERR | POLLHUP | POLLNVAL)

    private static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(
            nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
