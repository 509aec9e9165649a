package import Execution
package import Receiving
import Synchronization
import Telemetry

/// The city at its broker: receives what a gateway delivers, makes it safe, acknowledges it.
///
/// ``run()`` blocks the executor's thread until its task is cancelled. Nothing is acknowledged
/// that is not on disk, where there is a store.
package actor SimulatedPlatform {
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let settings: PlatformSettings
    private let wall: @Sendable () -> Timestamp
    private let notify: @Sendable (PlatformNotice) -> Void
    private var desk: PlatformDesk
    private var isConnected = false
    private var acknowledgements: [(due: MonotonicTime, key: IdempotencyKey)] = []
    private nonisolated let isStopped = Atomic(false)
    private nonisolated let shared = Mutex(PlatformReport())

    package init(
        _ settings: PlatformSettings, wall: @escaping @Sendable () -> Timestamp,
        executor: any SerialExecutor, notify: @escaping @Sendable (PlatformNotice) -> Void
    ) {
        self.settings = settings
        self.wall = wall
        self.executor = executor
        self.notify = notify
        desk = PlatformDesk(site: settings.site, destination: settings.destination)
    }

    /// What has arrived so far.
    package nonisolated var report: PlatformReport { shared.withLock { $0 } }

    /// Receives until the task is cancelled.
    ///
    /// - Throws: Where the store fails, or the connection cannot even be tried.
    package func run() async throws(PlatformError) {
        let result: Result<Void, PlatformError> = await withTaskCancellationHandler {
            do throws(PlatformError) { return .success(try serve()) } catch {
                return .failure(error)
            }
        } onCancel: {
            isStopped.store(true, ordering: .releasing)
        }
        try result.get()
    }

    private func serve() throws(PlatformError) {
        var store = try openStore()
        let connection: BrokerConnection
        do throws(BrokerError) {
            connection = try BrokerConnection(
                settings.broker, files: settings.files,
                clientIdentifier: "linli-sim-\(settings.site)-\(settings.destination)",
                topics: Lane.allCases.map { "\(settings.prefix)/\($0.rawValue)" })
        } catch {
            throw .broker(error)
        }
        connection.start()
        defer { connection.finish() }
        while !isStopped.load(ordering: .acquiring) {
            var isChanged = false
            for event in connection.step() {
                isChanged = true
                switch event {
                case .subscribed:
                    isConnected = true
                    notify(.connected)
                case .disconnected(let reason):
                    isConnected = false
                    notify(.disconnected(reason: reason))
                case .message(let topic, let payload): try receive(topic, payload, &store)
                }
            }
            do throws(MessageStoreError) { try store?.commit() } catch { throw .store(error) }
            acknowledge(over: connection)
            if isChanged { publishReport() }
        }
    }

    private func openStore() throws(PlatformError) -> MessageStore? {
        guard let folder = settings.store else { return nil }
        var keys: [IdempotencyKey] = []
        do throws(MessageStoreError) {
            let store = try MessageStore(folder: folder) { text in
                if let key = IdempotencyKey(text) { keys.append(key) }
            }
            for key in keys { desk.remember(key) }
            return store
        } catch {
            throw .store(error)
        }
    }

    private func receive(
        _ topic: String, _ payload: [UInt8], _ store: inout MessageStore?
    ) throws(PlatformError) {
        let message: Message
        do throws(BatchError) {
            message = try Message(payload: payload)
        } catch {
            desk.noteUnreadable()
            return notify(.refused(topic: topic, reason: "it cannot be read (\(error))"))
        }
        let lane = topic.split(separator: "/").last.map(String.init) ?? ""
        let verdict = desk.receive(message, lane: lane, size: payload.count, at: wall())
        switch verdict {
        case .store:
            do throws(MessageStoreError) {
                try store?.append(key: message.key.description, message: payload)
            } catch {
                throw .store(error)
            }
        case .acknowledge: break
        case .double(let range): notify(.double(key: message.key.description, with: range))
        case .refuse(let refusal):
            return notify(.refused(topic: topic, reason: refusal.rawValue))
        }
        guard settings.acknowledges else { return }
        let due = PreciseWait.now().advanced(by: settings.acknowledgementDelay)
        acknowledgements.append((due, message.key))
    }

    /// Sends the acknowledgements that are due, many in one message.
    private func acknowledge(over connection: BrokerConnection) {
        let now = PreciseWait.now()
        let due = acknowledgements.prefix { $0.due <= now }.map(\.key.description)
        guard !due.isEmpty else { return }
        acknowledgements.removeFirst(due.count)
        connection.publish(Array(due.joined(separator: "\n").utf8), to: "\(settings.prefix)/ack")
    }

    private func publishReport() {
        let report = PlatformReport(
            isConnected: isConnected, tally: desk.tally, gaps: desk.gaps)
        shared.withLock { $0 = report }
    }
}

/// How a platform is simulated.
package struct PlatformSettings: Hashable, Sendable {
    package var broker: BrokerAddress
    package var files: BrokerFiles?
    package var site: String
    package var destination: String
    package var topicRoot = "linli/v1"
    /// The folder of the store; without one what arrives is only counted.
    package var store: String?
    package var acknowledges = true
    package var acknowledgementDelay = Duration.zero

    package init(broker: BrokerAddress, site: String, destination: String) {
        self.broker = broker
        self.site = site
        self.destination = destination
    }

    /// What all topics of the destination begin with.
    var prefix: String { "\(topicRoot)/\(site)/\(destination)" }
}

/// What a platform reports: its tally, and the gaps it sees.
package struct PlatformReport: Hashable, Sendable {
    /// Whether the broker has confirmed the subscription.
    package var isConnected = false
    package var tally = PlatformTally()
    /// Missing batches, as `epoch/lane/first-last`.
    package var gaps: [String] = []
}

/// Something a person would want to see at once.
package enum PlatformNotice: Hashable, Sendable {
    case connected
    case disconnected(reason: String)
    case refused(topic: String, reason: String)
    case double(key: String, with: ClosedRange<Int64>)
}

/// Why a platform cannot go on.
package enum PlatformError: Error, Hashable {
    case broker(BrokerError)
    case store(MessageStoreError)
}

extension PlatformError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .broker(let error): "\(error)"
        case .store(let error): "\(error)"
        }
    }
}
