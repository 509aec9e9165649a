import Delivery
import Execution
import Synchronization
import Telemetry

/// A broker and a platform at the uplink's seam: they take everything, and answer at once.
final class AnsweringUplink: Uplink {
    private struct State {
        var connects = 0
        var terms: [ConnectionTerms] = []
        var disconnects = 0
        var isClosed = false
        var faults: [UplinkFault] = []
    }

    let events: AsyncStream<UplinkEvent>
    /// What was published and taken.
    let published: AsyncStream<OutgoingMessage>
    private let happened: AsyncStream<UplinkEvent>.Continuation
    private let taken: AsyncStream<OutgoingMessage>.Continuation
    private let state: Mutex<State>
    private let acknowledgementTopic: String

    /// - Parameter faults: What the first calls of `publish` throw.
    init(acknowledgingOn topic: String, faults: [UplinkFault] = []) {
        (events, happened) = AsyncStream.makeStream()
        (published, taken) = AsyncStream.makeStream()
        acknowledgementTopic = topic
        state = Mutex(State(faults: faults))
    }

    var connects: Int { state.withLock { $0.connects } }
    /// What each connection began with.
    var terms: [ConnectionTerms] { state.withLock { $0.terms } }
    var disconnects: Int { state.withLock { $0.disconnects } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func connect(_ terms: ConnectionTerms) async {
        state.withLock { state in
            state.connects += 1
            state.terms.append(terms)
        }
        happened.yield(.connected)
    }

    func publish(_ message: OutgoingMessage) async throws(UplinkFault) {
        let fault = state.withLock { $0.faults.isEmpty ? nil : $0.faults.removeFirst() }
        if let fault { throw fault }
        taken.yield(message)
        happened.yield(.accepted(message.token))
        happened.yield(
            .received(
                ReceivedMessage(topic: acknowledgementTopic, payload: Array(message.key.utf8))))
    }

    /// Something comes that nobody asked for.
    func receive(_ message: ReceivedMessage) { happened.yield(.received(message)) }
    func happen(_ event: UplinkEvent) { happened.yield(event) }

    func disconnect() async {
        state.withLock { $0.disconnects += 1 }
        happened.yield(.disconnected(.refused("broken off")))
    }

    func close() async {
        state.withLock { $0.isClosed = true }
        happened.finish()
        taken.finish()
    }
}

/// The cache at the seam of the batches, in memory.
final class MemoryCache: Sendable {
    private struct State {
        var epoch = StoredContent.epoch
        var batches: [Lane: [StoredBatch]] = [:]
        var heads: [Lane: Int64] = [:]
        var cursors: [Lane: Int64] = [:]
        var memory: ShareMemory?
        var readCount = 0
    }

    private let state = Mutex(State())
    private let appended: AsyncStream<Void>
    private let append: AsyncStream<Void>.Continuation
    /// The cursor of a lane, whenever it moves.
    let advances: AsyncStream<(lane: Lane, through: Int64)>
    private let advance: AsyncStream<(lane: Lane, through: Int64)>.Continuation

    init() {
        (appended, append) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (advances, advance) = AsyncStream.makeStream()
    }

    func append(_ batch: Batch, to lane: Lane) {
        store(StoredContent.stored(batch, 0, lane: lane))
    }

    func store(_ batch: StoredBatch) {
        state.withLock { state in
            var batch = batch
            batch.epoch = state.epoch
            batch.sequence = (state.heads[batch.batch.lane] ?? 0) + 1
            state.heads[batch.batch.lane] = batch.sequence
            state.batches[batch.batch.lane, default: []].append(batch)
        }
        append.yield()
    }

    func drop(_ lane: Lane) { state.withLock { $0.batches[lane] = [] } }

    func setCursor(_ lane: Lane, to sequence: Int64) {
        state.withLock { $0.cursors[lane] = sequence }
    }

    /// Begins anew, as after damage.
    func replace(epoch: String) { state.withLock { $0 = State(epoch: epoch) } }

    var source: BatchSource {
        BatchSource(
            batches: { lane, after, limit in
                self.state.withLock { state in
                    let found = (state.batches[lane] ?? []).lazy.filter { $0.sequence > after }
                    let batches = Array(found.prefix(limit))
                    state.readCount += batches.count
                    return batches
                }
            },
            head: { lane in self.state.withLock { $0.heads[lane] ?? 0 } },
            cursor: { lane in self.state.withLock { $0.cursors[lane] ?? 0 } },
            advance: { lane, through, epoch in
                self.state.withLock { state in
                    if epoch == state.epoch { state.cursors[lane] = through }
                }
                self.advance.yield((lane, through))
            },
            memory: { self.state.withLock { $0.memory } },
            remember: { memory in self.state.withLock { $0.memory = memory } },
            appended: appended)
    }

    /// What was kept of the filter, and how many batches were read.
    var memory: ShareMemory? { state.withLock { $0.memory } }
    func setMemory(_ memory: ShareMemory?) { state.withLock { $0.memory = memory } }
    var readCount: Int { state.withLock { $0.readCount } }
}
