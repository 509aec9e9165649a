import Execution
import Glibc
import Modbus
import Synchronization

/// A serial line with its servers: Modbus RTU on a pseudo-terminal, with honest wire time.
///
/// ``run()`` blocks the executor's thread until its task is cancelled, so each line has an
/// executor of its own. What a line reports can be asked from anywhere meanwhile.
package actor SimulatedLine {
    /// What a client opens.
    package nonisolated let path: String
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let terminal: PseudoTerminal
    private let devices: [UnitIdentifier: SimulatedDevice]
    private let clock: @Sendable () -> SimulatedTime
    private var model: LineModel
    private var lastAnswers: [UInt8: MonotonicTime] = [:]
    private nonisolated let wake = WakeSignal()
    private nonisolated let isStopped = Atomic(false)
    private nonisolated let shared: Mutex<LineReport>

    /// Opens the pseudo-terminal; nothing is answered before ``run()``.
    ///
    /// - Parameters:
    ///   - devices: The servers on the line, each with a unit of its own.
    ///   - isStrict: Whether frames that break a silence or a device's request gap are dropped.
    ///   - link: Where a symbolic link to the terminal is made.
    package init(
        devices: [SimulatedDevice], timing: LineTiming, isStrict: Bool = false,
        link: String? = nil, clock: @escaping @Sendable () -> SimulatedTime,
        executor: any SerialExecutor
    ) throws(PseudoTerminalError) {
        terminal = try PseudoTerminal(link: link)
        path = terminal.path
        self.devices = Dictionary(uniqueKeysWithValues: devices.map { ($0.unit, $0) })
        self.clock = clock
        self.executor = executor
        model = LineModel(timing: timing, isStrict: isStrict)
        shared = Mutex(LineReport())
    }

    /// What has happened on the line so far.
    package nonisolated var report: LineReport { shared.withLock { $0 } }

    /// Answers until the task is cancelled.
    package func run() async {
        await withTaskCancellationHandler {
            serve()
        } onCancel: {
            isStopped.store(true, ordering: .releasing)
            wake.signal()
        }
    }

    private func serve() {
        var descriptors = [
            pollfd(fd: terminal.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while !isStopped.load(ordering: .acquiring) {
            PreciseWait.poll(&descriptors, until: model.deadline)
            // What is due comes first: a byte read now may begin the next frame.
            act(at: PreciseWait.now())
            receive()
        }
    }

    private func receive() {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = read(terminal.descriptor, &bytes, bytes.count)
        guard count > 0 else { return }
        model.receive(bytes[..<count], at: PreciseWait.now())
        let silences = model.silences
        shared.withLock { $0.silences = silences }
    }

    private func act(at now: MonotonicTime) {
        while let action = model.next(at: now) {
            switch action {
            case .release(let bytes, let server):
                // A client that does not read loses bytes, as on a real line.
                _ = write(terminal.descriptor, bytes, bytes.count)
                if let server { lastAnswers[server] = now }
            case .request(let request): answer(request)
            }
        }
    }

    private func answer(_ request: LineRequest) {
        shared.withLock { $0.count(request) }
        guard !request.isDropped else { return }
        let frame: RTUFrame
        do { frame = try RTUFrame(decoding: request.bytes[...]) } catch {
            return shared.withLock { $0.unreadable += 1 }
        }
        guard frame.unit != .broadcast else {
            for device in devices.values {
                _ = device.react(to: frame.pdu, at: clock(), requestEnd: request.end)
            }
            return
        }
        guard let device = devices[frame.unit] else { return shared.withLock { $0.foreign += 1 } }
        if let last = lastAnswers[frame.unit.rawValue],
            last.duration(to: request.start) < device.requestGap
        {
            device.noteBrokenGap()
            if model.isStrict { return }
        }
        // On a serial line there is no connection to reset.
        let reaction = device.react(to: frame.pdu, at: clock(), requestEnd: request.end)
        guard case .answer(let answer) = reaction else { return }
        if answer.isEchoed {
            _ = write(terminal.descriptor, request.bytes, request.bytes.count)
        }
        var bytes = RTUFrame(unit: answer.unit, pdu: answer.pdu).encoded
        if let damage = answer.damage { bytes = damage.spoil(rtuFrame: bytes) }
        model.answer(
            bytes, from: frame.unit.rawValue, requestEnd: request.end, delay: answer.delay)
        guard let pause = answer.copyPause else { return }
        model.answer(
            bytes, from: frame.unit.rawValue, requestEnd: request.end,
            delay: (answer.delay ?? .zero) + pause)
    }
}

/// What has happened on a simulated line.
package struct LineReport: Hashable, Sendable {
    /// Frames of the client, good or bad.
    package var frames = 0
    /// Frames no server heard: they collided, or broke the silence of a strict line.
    package var dropped = 0
    /// Frames with a wrong checksum or length.
    package var unreadable = 0
    /// Frames for units that are not on the line.
    package var foreign = 0
    package var silences = SilenceRecord()

    package init() {}

    mutating func count(_ request: LineRequest) {
        frames += 1
        if request.isDropped { dropped += 1 }
    }
}
