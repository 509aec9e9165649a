import Execution
import Glibc
import Modbus
import Synchronization

/// A Modbus server on a TCP port, with many units behind it: Modbus TCP, or RTU over TCP.
///
/// One thread serves all connections. ``run()`` blocks the executor's thread until its task is
/// cancelled, so each server has an executor of its own.
package actor SimulatedServer {
    package nonisolated let port: UInt16
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let listener: ListeningSocket
    private let framing: TCPFraming
    private let devices: [UnitIdentifier: SimulatedDevice]
    private let clock: @Sendable () -> SimulatedTime
    private var connections: [ServerConnection] = []
    private var delayed: [DelayedAnswer] = []
    private var nextConnection = 0
    private nonisolated let wake = WakeSignal()
    private nonisolated let isStopped = Atomic(false)
    private nonisolated let shared = Mutex(ServerReport())

    /// Listens; nothing is answered before ``run()``.
    ///
    /// - Parameters:
    ///   - host: A loopback address, IPv4 or IPv6.
    ///   - port: 0 lets the system choose; ``port`` says which.
    package init(
        host: String, port: UInt16, framing: TCPFraming, devices: [SimulatedDevice],
        clock: @escaping @Sendable () -> SimulatedTime, executor: any SerialExecutor
    ) throws(ListeningError) {
        listener = try ListeningSocket(host: host, port: port)
        self.port = listener.port
        self.framing = framing
        self.devices = Dictionary(uniqueKeysWithValues: devices.map { ($0.unit, $0) })
        self.clock = clock
        self.executor = executor
    }

    /// What has happened at this server so far.
    package nonisolated var report: ServerReport { shared.withLock { $0 } }

    /// Answers until the task is cancelled, then closes all connections.
    package func run() async {
        await withTaskCancellationHandler {
            serve()
        } onCancel: {
            isStopped.store(true, ordering: .releasing)
            wake.signal()
        }
    }

    private func serve() {
        defer {
            for connection in connections { close(connection.descriptor) }
            connections = []
        }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while !isStopped.load(ordering: .acquiring) {
            var descriptors = [
                pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            for connection in connections { descriptors.append(connection.pollDescriptor) }
            PreciseWait.poll(&descriptors, until: delayed.first?.due)
            sendDue(at: PreciseWait.now())
            for (index, descriptor) in descriptors.dropFirst(2).enumerated()
            where descriptor.revents != 0 {
                connections[index].flush()
                read(connection: index, into: &bytes)
            }
            drop()
            if descriptors[1].revents != 0 { accept() }
        }
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else { return }
            connections.append(
                ServerConnection(descriptor: descriptor, number: nextConnection, framing: framing))
            nextConnection += 1
            shared.withLock { $0.connections += 1 }
        }
    }

    private func read(connection index: Int, into bytes: inout [UInt8]) {
        let count = recv(connections[index].descriptor, &bytes, bytes.count, 0)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { connections[index].end = .close }
            return
        }
        connections[index].stream.append(bytes[..<count])
        while let element = connections[index].stream.next() {
            switch element {
            case .request(let request): answer(request, on: index)
            case .garbage:
                shared.withLock { $0.unreadable += 1 }
                if framing == .modbusTCP { connections[index].end = .close }
            }
            if connections[index].end != nil { return }
        }
        connections[index].flush()
    }

    private func answer(_ request: TCPFrame, on index: Int) {
        let unit = request.unit
        guard let device = devices[unit] else {
            shared.withLock { $0.foreign += 1 }
            // A serial server knows no units: a wrong one is silence, as on the line behind it.
            guard framing == .modbusTCP else { return }
            let refusal = ServerFraming.refusal(.gatewayTargetFailedToRespond, of: request.pdu)
            connections[index].output +=
                TCPFrame(transaction: request.transaction, unit: unit, pdu: refusal).encoded
            return
        }
        switch device.react(to: request.pdu, at: clock()) {
        case .silence: return
        case .reset: connections[index].end = .reset
        case .answer(let answer):
            if answer.isEchoed, framing == .rtu {
                connections[index].output += RTUFrame(unit: unit, pdu: request.pdu).encoded
            }
            let bytes = frame(answer, to: request)
            send(bytes, on: index, after: answer.delay)
            guard let pause = answer.copyPause else { return }
            send(bytes, on: index, after: (answer.delay ?? .zero) + pause)
        }
    }

    private func send(_ bytes: [UInt8], on index: Int, after delay: Duration?) {
        guard let delay else {
            connections[index].output += bytes
            return
        }
        let due = PreciseWait.now().advanced(by: delay)
        let place = delayed.firstIndex { due < $0.due } ?? delayed.endIndex
        delayed.insert(
            DelayedAnswer(due: due, connection: connections[index].number, bytes: bytes), at: place)
    }

    private func frame(_ answer: DeviceAnswer, to request: TCPFrame) -> [UInt8] {
        switch framing {
        case .modbusTCP:
            let bytes = TCPFrame(
                transaction: request.transaction, unit: answer.unit, pdu: answer.pdu
            ).encoded
            return answer.damage?.spoil(tcpFrame: bytes) ?? bytes
        case .rtu:
            let bytes = RTUFrame(unit: answer.unit, pdu: answer.pdu).encoded
            return answer.damage?.spoil(rtuFrame: bytes) ?? bytes
        }
    }

    private func sendDue(at now: MonotonicTime) {
        while let first = delayed.first, first.due <= now {
            delayed.removeFirst()
            // The client may be gone: then nobody waits for the answer.
            guard let index = connections.firstIndex(where: { $0.number == first.connection })
            else { continue }
            connections[index].output += first.bytes
            connections[index].flush()
        }
    }

    private func drop() {
        for connection in connections where connection.end != nil {
            if connection.end == .reset {
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    connection.descriptor, SOL_SOCKET, SO_LINGER, &option,
                    socklen_t(MemoryLayout<linger>.size))
            }
            close(connection.descriptor)
        }
        connections.removeAll { $0.end != nil }
    }
}

/// What has happened at a simulated TCP server.
package struct ServerReport: Hashable, Sendable {
    /// Connections accepted.
    package var connections = 0
    /// Pieces of the streams that were no requests.
    package var unreadable = 0
    /// Requests for units that are not there.
    package var foreign = 0

    package init() {}
}

private struct DelayedAnswer: Sendable {
    var due: MonotonicTime
    var connection: Int
    var bytes: [UInt8]
}
