import Execution
import Glibc
import Telemetry

/// The thread of one uplink: it alone touches the connection, and waits for the socket and the
/// mailbox at once.
final class ConnectionThread {
    private let settings: MQTTConnectionSettings
    private let mailbox: UplinkMailbox
    private let events: AsyncStream<UplinkEvent>.Continuation
    private var connection: BrokerConnection?
    private var hangUps = HangUps()
    /// What the stream had no room for. Nothing more is read from the broker until it has.
    private var backlog: [UplinkEvent] = []
    private var isEnding = false
    private var whenEnded: [CheckedContinuation<Void, Never>] = []

    init(
        _ settings: MQTTConnectionSettings, mailbox: UplinkMailbox,
        events: AsyncStream<UplinkEvent>.Continuation
    ) {
        self.settings = settings
        self.mailbox = mailbox
        self.events = events
    }

    /// Starts the thread and hands `self` over to it.
    consuming func start() {
        let thread = self
        SystemThread.start("mqtt") { thread.run() }
    }

    private func run() {
        while !isEnding {
            let ready = wait()
            if let connection {
                connection.serve(ready, now: Self.now, isHeld: !backlog.isEmpty)
                collect(from: connection)
            }
            for command in mailbox.take() { carryOut(command) }
            // What a command has led to at once: nothing may come of it later.
            if let connection { collect(from: connection) }
            deliver([])
        }
        // What is still to be told is told where there is room, since nobody waits for room now.
        events.finish()
        mailbox.end()
        for ended in whenEnded { ended.resume() }
    }

    private func carryOut(_ command: UplinkMailbox.Command) {
        switch command {
        case .connect(let terms):
            guard connection == nil, !isEnding else { return }
            connect(terms)
        case .publish(let message, let answer):
            let fault =
                isEnding ? .notConnected : connection?.publish(message, now: Self.now) ?? nil
            answer.resume(returning: connection == nil ? .notConnected : fault)
        case .disconnect:
            guard let connection else { return }
            connection.leave(now: Self.now)
            end(connection, .notConnected)
        case .close(let ended):
            if let ended { whenEnded.append(ended) }
            guard !isEnding else { return }
            isEnding = true
            guard let connection else { return }
            let deadline = Self.now.advanced(by: .seconds(1))
            connection.leave(now: Self.now)
            while connection.isLeaving, Self.now < deadline {
                let interest = connection.interest(isHeld: true, now: Self.now)
                var socket = pollfd(fd: connection.descriptor, events: interest, revents: 0)
                poll(&socket, 1, 50)
                connection.serve(socket.revents, now: Self.now, isHeld: true)
            }
            end(connection, .notConnected)
        }
    }

    private func connect(_ terms: ConnectionTerms) {
        mailbox.setResolving(true)
        let connection = BrokerConnection(settings, terms) { Self.now }
        mailbox.setResolving(false)
        self.connection = connection
        collect(from: connection)
    }

    /// Tells what has happened on the connection, and lets it go where it has ended.
    private func collect(from connection: BrokerConnection) {
        let news = connection.takeEvents()
        if news.contains(.connected) { mailbox.setOpen(true) }
        deliver(news)
        if let fault = connection.fault { end(connection, judge(fault, of: connection)) }
    }

    /// Names what one connection alone does not show.
    private func judge(_ fault: UplinkFault, of connection: BrokerConnection) -> UplinkFault {
        if case .unreachable = fault { hangUps.noteAbsence() }
        guard let hangUp = connection.hangUp else { return fault }
        let now = Self.now
        let isPattern = hangUps.note(
            now, life: hangUp.readySince.duration(to: now), isIdle: hangUp.isIdle)
        return isPattern ? .takenOver : fault
    }

    private func end(_ connection: BrokerConnection, _ fault: UplinkFault) {
        mailbox.setOpen(false)
        self.connection = nil
        deliver([.disconnected(fault)])
    }

    private func deliver(_ news: [UplinkEvent]) {
        backlog += news
        var delivered = 0
        while delivered < backlog.count {
            if case .dropped = events.yield(backlog[delivered]) { break }
            delivered += 1
        }
        backlog.removeFirst(delivered)
    }

    /// Waits for commands, for the socket, or until something is due.
    ///
    /// - Returns: What the socket is ready for.
    private func wait() -> CShort {
        var descriptors = [pollfd(fd: mailbox.bell, events: CShort(POLLIN), revents: 0)]
        var patience: Duration = Self.longest
        if let connection {
            let now = Self.now
            let interest = connection.interest(isHeld: !backlog.isEmpty, now: now)
            descriptors.append(pollfd(fd: connection.descriptor, events: interest, revents: 0))
            patience = min(patience, now.duration(to: connection.nextTick(after: now)))
        }
        if !backlog.isEmpty { patience = min(patience, .milliseconds(100)) }
        // A millisecond more: what is due then is due.
        let milliseconds = max(0, patience.milliseconds) + 1
        poll(&descriptors, nfds_t(descriptors.count), CInt(milliseconds))
        return descriptors.count > 1 ? descriptors[1].revents : 0
    }

    /// The longest wait where nothing is due.
    private static let longest: Duration = .seconds(3_600)

    private static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(
            nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
