package import Execution
package import GPIO
package import Metering
import Telemetry

/// The alarms of a site, for as long as they run: carries out what ``AlarmSystemState`` decides.
///
/// What arrives is handed over without waiting, from any thread, and looked at on the thread of
/// the alarms. Every output has a task of its own there: a relay board that takes its time holds
/// up nothing else, and the commands of one moment are given in the order of acting. Recording
/// and saving are tasks of their own too, on other threads, and nothing waits for them.
///
/// It needs neither city nor cache nor the date. From an edge to the line it switches there are
/// two changes of thread: to that of the alarms, and to that of the line.
package actor AlarmSystem {
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any HomeExecutor  // Held strongly: `unownedExecutor` is not.

    /// The rules that are run.
    package nonisolated let program: AlarmProgram
    private nonisolated let inbox = AlarmInbox()
    private let effects: AlarmEffects
    private let time: TimeSource
    private var state: AlarmSystemState
    private let commands: [Handover<AlarmCommand>]
    private let events: Channel<(event: Event, lane: Lane)>
    private let saves: Channel<AlarmLatches>
    private var droppedEvents = 0
    /// The earliest time at which a sleeping task will have the state looked at.
    private var armed: MonotonicTime?
    private var isRunning = false
    /// Whether other alarms go on from here: nothing more is decided.
    private var hasHandedOver = false
    /// How many outputs have a task that listens.
    private var listening = 0
    private var whenAllListen: CheckedContinuation<Void, Never>?
    private var testWaiter: CheckedContinuation<AlarmTestReport, Never>?

    /// How many events may wait to be recorded. Beyond, the oldest go, and are counted.
    package static let eventCapacity = 4_096

    private struct Channel<Item: Sendable>: Sendable {
        let stream: AsyncStream<Item>
        let input: AsyncStream<Item>.Continuation

        init(keeping count: Int) {
            (stream, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(count))
        }
    }

    /// - Parameter latches: What was saved last, before the restart.
    package init(
        _ program: AlarmProgram, latches: AlarmLatches = AlarmLatches(), effects: AlarmEffects,
        time: TimeSource, executor: any HomeExecutor
    ) {
        self.program = program
        self.effects = effects
        self.time = time
        self.executor = executor
        state = AlarmSystemState(program, latches: latches)
        // One command is under way at a time, so one place is enough.
        commands = program.outputs.map { _ in Handover(keeping: 1) }
        events = Channel(keeping: Self.eventCapacity)
        saves = Channel(keeping: 1)
    }

    // MARK: - What arrives

    /// Takes readings as they are made. Returns at once, from any thread.
    package nonisolated func observe(_ readings: [Reading]) {
        for reading in readings where program.watches(reading.point) {
            inbox.put(.reading(reading))
        }
    }

    /// Takes what a line has become. Returns at once, from any thread.
    package nonisolated func observe(_ change: LineChange) {
        if program.watches(change.line) { inbox.put(.line(change)) }
    }

    /// Takes note that a device has fallen silent, or answers again. Returns at once.
    package nonisolated func observe(_ device: DeviceIdentifier, isSilent: Bool) {
        inbox.put(isSilent ? .silent(device) : .answering(device))
    }

    /// Takes note that an output may have forgotten its state: it has failed, or is back, or was
    /// made anew. Returns at once.
    package nonisolated func observeForgotten(_ output: AlarmOutput) {
        inbox.put(.forgotten(output))
    }

    // MARK: - Commands

    /// Notes that somebody has seen an alarm.
    package func acknowledge(_ alarm: String, by person: String) throws(AlarmRefusal) {
        perform(try state.acknowledge(alarm, by: person, at: time.now()))
        inbox.poke()
    }

    /// Shuts a valve.
    package func closeValve(_ valve: String, by person: String) throws(AlarmRefusal) {
        perform(try state.closeValve(valve, by: person, at: time.now()))
        inbox.poke()
    }

    /// Opens a valve, or lets it be opened.
    package func openValve(_ valve: String, by person: String) throws(AlarmRefusal) {
        perform(try state.openValve(valve, by: person, at: time.now()))
        inbox.poke()
    }

    /// Tries out what an alarm does, without shutting a valve.
    ///
    /// - Returns: What was found, after ``AlarmSystemState/testPulse`` and at most
    ///   ``AlarmSystemState/testPatience`` more, whether the caller is cancelled or not.
    package func test(
        _ alarm: String, by person: String
    ) async throws(AlarmRefusal) -> AlarmTestReport {
        guard isRunning else { throw .stopped }
        perform(try state.beginTest(of: alarm, by: person, at: time.now()))
        inbox.poke()
        return await withCheckedContinuation { testWaiter = $0 }
    }

    /// All alarms, valves and outputs as they are now.
    package var status: AlarmSystemStatus {
        var status = state.status
        status.droppedInputs = inbox.dropped
        status.droppedEvents = droppedEvents
        return status
    }

    /// Stops deciding, for other alarms that go on from here; outputs are left as they are.
    package func handOver() -> AlarmSystemState {
        hasHandedOver = true
        inbox.arrivals.end()
        return state
    }

    /// Goes on where the alarms of the document before have stopped. To be called before ``run()``.
    package func takeOver(_ before: AlarmSystemState) {
        precondition(!state.hasStarted, "what runs already has a state of its own")
        state = AlarmSystemState(program, after: before)
    }

    private var latches: AlarmLatches { state.latches }

    // MARK: - Running

    /// Watches until the task is cancelled. To be called once. What has arrived before is known
    /// before any output is told anything.
    ///
    /// Outputs are left as they are at the end.
    package func run() async {
        precondition(!isRunning && !state.hasStarted, "alarms run once")
        isRunning = true
        await withTaskCancellationHandler {
            await withTaskExecutorPreference(executor) { await watch() }
        } onCancel: {
            inbox.arrivals.end()
        }
        isRunning = false
        if var report = state.test?.report {
            report.ending = .interrupted
            endTest(report)
        }
    }

    private func watch() async {
        await withDiscardingTaskGroup { group in
            for (place, output) in program.outputs.enumerated() {
                // Circuits and doors are other services, whose work is not done on this thread.
                let isLine = if case .line = output.target { true } else { false }
                let home: any TaskExecutor = isLine ? executor : globalConcurrentExecutor
                group.addTask(executorPreference: home) {
                    await self.carryOutCommands(of: place)
                }
            }
            group.addTask(executorPreference: globalConcurrentExecutor) {
                await self.recordEvents()
            }
            group.addTask(executorPreference: globalConcurrentExecutor) {
                await self.saveLatches()
            }
            await untilOutputsListen()
            var inputs: [AlarmSystemState.Input] = []
            inbox.take(into: &inputs)
            perform(state.start(at: time.now(), knowing: inputs))
            inputs.removeAll(keepingCapacity: true)
            sleepIfNeeded(in: &group)
            while await inbox.arrivals.next() != nil, !hasHandedOver {
                inbox.take(into: &inputs)
                for input in inputs { perform(state.handle(input, at: time.now())) }
                inputs.removeAll(keepingCapacity: true)
                sleepIfNeeded(in: &group)
            }
            for command in commands { command.end() }
            group.cancelAll()
        }
    }

    /// Sees to it that the state is looked at when its time has come.
    private func sleepIfNeeded(in group: inout DiscardingTaskGroup) {
        if let armed, armed <= time.monotonic() { self.armed = nil }
        guard let next = state.nextWakeUp else { return }
        if let armed, armed <= next { return }
        armed = next
        group.addTask { [time, inbox] in
            await time.sleep(next)
            inbox.put(.tick)
        }
    }

    private func perform(_ actions: [AlarmSystemState.Action]) {
        for action in actions {
            switch action {
            case .set, .save: if hasHandedOver { continue }
            case .testEnded, .record: break
            }
            switch action {
            case .set(let output, let command): commands[output].put(command)
            case .save(let latches): saves.input.yield(latches)
            case .testEnded(let report): endTest(report)
            case .record(let event, let lane):
                if case .dropped = events.input.yield((event, lane)) { droppedEvents += 1 }
            }
        }
    }

    private func endTest(_ report: AlarmTestReport) {
        testWaiter?.resume(returning: report)
        testWaiter = nil
    }

    /// Waits for the tasks of all outputs, so that the first commands too are given in the order
    /// of acting.
    private func untilOutputsListen() async {
        guard listening < commands.count else { return }
        await withCheckedContinuation { whenAllListen = $0 }
    }

    private func carryOutCommands(of output: Int) async {
        listening += 1
        if listening == commands.count { whenAllListen?.resume() }
        while let command = await commands[output].next() {
            let fault = await carryOut(command, on: program.outputs[output].target)
            perform(state.handle(.finished(output, command, fault), at: time.now()))
            inbox.poke()
        }
    }

    private func carryOut(_ command: AlarmCommand, on target: AlarmOutput) async -> LineFault? {
        do throws(LineFault) {
            switch target {
            case .line(let name):
                guard let line = effects.lines[name] else { return .stopped }
                try await line.set(command == .on)
            case .circuit(let name):
                try await effects.holdCircuit(name, command == .letGo ? nil : command == .on)
            case .door(let name): try await effects.holdDoor(name, command == .on)
            case .charging(let name): try await effects.holdCharging(name, command == .on)
            }
            return nil
        } catch {
            return error
        }
    }

    // Recording and saving may block: never on the thread that acts.

    @concurrent private nonisolated func recordEvents() async {
        for await (event, lane) in events.stream { await effects.record(event, lane) }
    }

    @concurrent private nonisolated func saveLatches() async {
        var isFailing = false
        for await latches in saves.stream {
            if await hasHandedOver { continue }
            if await effects.save(latches) {
                isFailing = false
                continue
            }
            if !isFailing {
                let event = Event(
                    "alarm.notSaved", of: "alarms", at: time.wall().timestamp, severity: .warning)
                await perform([.record(event, .alarm)])
            }
            isFailing = true
            await time.sleep(time.monotonic().advanced(by: .seconds(10)))
            if !Task.isCancelled { saves.input.yield(await self.latches) }
        }
    }
}
