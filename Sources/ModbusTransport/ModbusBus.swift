package import Execution
package import Modbus

/// One bus: a serial line or a TCP connection, on a thread of its own, one request at a time.
///
/// Requests wait in one queue by priority. An exchange blocks the bus's thread and cannot be
/// interrupted; it is bounded by the time-outs of its ``ModbusCall``. A poller that lives on the
/// same executor reaches the bus without a change of thread, and must yield between requests so
/// that others get their turn.
package actor ModbusBus {
    package nonisolated let name: String
    package nonisolated let link: BusLink

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.

    private let policy: ConnectionPolicy
    private let time: TimeSource
    private let counters: BusCounters
    private let line: BusLine
    private var queue = BusQueue()
    private var pauses = WritePauses()
    private var isTaken = false
    private var isClosed = false
    private var served: UInt64 = 0
    private var parked: [BusQueue.Ticket: CheckedContinuation<Void, Never>] = [:]

    /// - Parameters:
    ///   - name: The bus's name in the site document.
    ///   - ports: What opens it.
    ///   - policy: How its connection is kept.
    ///   - executor: The thread that may block; one for each bus.
    ///   - seed: For the jitter between attempts to connect.
    ///   - onChange: Called on the bus's thread when the connection comes or goes.
    package init(
        name: String, link: BusLink, ports: BusPorts = .system,
        policy: ConnectionPolicy = ConnectionPolicy(),
        time: TimeSource, executor: any SerialExecutor, seed: UInt64,
        onChange: @escaping @Sendable (BusChange) -> Void = { _ in }
    ) {
        self.name = name
        self.link = link
        self.executor = executor
        self.time = time
        counters = BusCounters()
        self.policy = policy
        line = BusLine(
            link: link, ports: ports, policy: policy, time: time, seed: seed, counters: counters,
            onChange: onChange)
    }

    /// Gives the connection back whenever nothing was asked for a moment, until the task is
    /// cancelled. Returns at once where the connection is to be kept.
    package func releaseBetweenTurns() async {
        guard !policy.isKept, !link.isSerial else { return }
        while !Task.isCancelled {
            await time.sleep(time.monotonic().advanced(by: ConnectionPolicy.idle))
            if !isTaken { line.release(idleFor: ConnectionPolicy.idle) }
        }
    }

    /// The seam through which services use this bus.
    package nonisolated var client: ModbusClient {
        ModbusClient(
            perform: { call async throws(ModbusError) in try await self.perform(call) },
            look: { await self.look() })
    }

    /// A copy of the counters. Never waits for the bus.
    package nonisolated var statistics: BusStatistics { counters.snapshot }

    /// Takes what has arrived unasked.
    ///
    /// - Returns: Whether a late answer may still come.
    package func look() -> Bool { isClosed || isTaken ? false : line.look() }

    /// Carries out one request in its turn. See ``ModbusClient/perform``.
    ///
    /// Polling is told at once that a unit rests, and goes on with others. Who asks for once is
    /// kept waiting until it is settled.
    package func perform(_ call: ModbusCall) async throws(ModbusError) -> ModbusReply {
        if let place = pauses.place(for: call, at: time.monotonic()) {
            await time.sleep(place)
            while !Task.isCancelled, let end = pauses.rest(before: call, at: time.monotonic()) {
                await time.sleep(end)
            }
        }
        guard call.priority <= .onDemandRead else { return try await performOnce(call) }
        for _ in 1..<Self.attemptLimit {
            do throws(ModbusError) {
                return try await performOnce(call)
            } catch {
                guard case .resting(let until) = error else { throw error }
                await time.sleep(until)
            }
        }
        return try await performOnce(call)
    }

    /// How often something is asked whose answer cannot be told from others.
    private static let attemptLimit = 4

    private func performOnce(_ call: ModbusCall) async throws(ModbusError) -> ModbusReply {
        guard !isClosed else { throw .cancelled }
        guard let ticket = queue.enter(call.priority) else { throw .queueFull }
        await takeTurn(of: ticket)
        defer {
            isTaken = false
            served &+= 1
            wakeFirst()
        }
        guard !isClosed, !Task.isCancelled else { throw .cancelled }
        defer { pauses.wrote(call, at: time.monotonic()) }
        return try line.exchange(call)
    }

    /// Refuses further requests, ends those that wait, and closes the line.
    package func close() {
        isClosed = true
        line.close()
        wakeFirst()
    }

    /// Waits until the bus is free and nobody is more urgent, and takes it.
    ///
    /// While an exchange blocks the thread, callers cannot enter the queue. So after each exchange
    /// everybody steps back once and lets them in: the most urgent of all is served, not the first
    /// to run.
    private func takeTurn(of ticket: BusQueue.Ticket) async {
        while true {
            let before = served
            await Task.yield()
            guard mayTake(ticket) else {
                await withCheckedContinuation { caller in
                    // Again: a task that prefers another thread than this bus's may have let
                    // somebody else in on its way here, whose end was then not told to it.
                    if mayTake(ticket) { caller.resume() } else { parked[ticket] = caller }
                }
                continue
            }
            guard served == before else { continue }
            isTaken = true
            queue.leave(ticket)
            return
        }
    }

    private func mayTake(_ ticket: BusQueue.Ticket) -> Bool { !isTaken && queue.first == ticket }

    private func wakeFirst() {
        guard let first = queue.first, let caller = parked.removeValue(forKey: first) else {
            return
        }
        caller.resume()
    }
}
