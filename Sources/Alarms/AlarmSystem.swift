package import Execution
package import GPIO
package import Metering
import Telemetry

/// The alarms of a site, for as long as they run: carries out what ``AlarmSystemState`` decides.
///
/// What arrives is handed over without waiting, from any thread, and looked at on the thread of
/// the alarms. Lines are switched from there too, each beside the others: a relay board that takes
/// its time holds up nothing else, and the commands of one moment are given in the order of acting.
/// What may block is done on other threads, and nothing waits for it.
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
    private nonisolated let inbox: StateInbox<AlarmSystemState.Input>
    private let runner: StateRunner<AlarmSystemState>
    private let effects: AlarmEffects
    private let time: TimeSource
    private let saves: Handover<AlarmLatches>

    /// From one try to save latches to the next.
    static let savingPause = Duration.seconds(10)

    /// - Parameter latches: What was saved last, before the restart.
    package init(
        _ program: AlarmProgram, latches: AlarmLatches = AlarmLatches(), effects: AlarmEffects,
        time: TimeSource, executor: any HomeExecutor
    ) {
        // Only the newest counts.
        let saves = Handover<AlarmLatches>(keeping: 1)
        runner = StateRunner(AlarmSystemState(program, latches: latches), time: time) { action in
            switch action {
            case .set(let output, let command):
                let target = program.outputs[output].target
                // Circuits and doors are other services, whose work is not done on this thread.
                guard case .line = target else {
                    return .actElsewhere {
                        .finished(output, command, await effects.carryOut(command, on: target))
                    }
                }
                return .act {
                    .finished(output, command, await effects.carryOut(command, on: target))
                }
            case .save(let latches):
                saves.put(latches)
                return nil
            case .testEnded(let report): return .answer(report.alarm, report)
            case .record(let event, let lane):
                return .record { await effects.record(event, lane) }
            }
        }
        inbox = runner.inbox
        self.program = program
        self.effects = effects
        self.time = time
        self.executor = executor
        self.saves = saves
    }

    // MARK: - What arrives. Returns at once, from any thread.

    /// Takes readings as they are made.
    package nonisolated func observe(_ readings: [Reading]) {
        for reading in readings where program.watches(reading.point) {
            inbox.put(.reading(reading))
        }
    }

    /// Takes what a line has become.
    package nonisolated func observe(_ change: LineChange) {
        if program.watches(change.line) { inbox.put(.line(change)) }
    }

    /// Takes note that a device has fallen silent, or answers again.
    package nonisolated func observe(_ device: DeviceIdentifier, isSilent: Bool) {
        inbox.put(isSilent ? .silent(device) : .answering(device))
    }

    /// Takes note that an output may have forgotten its state: it has failed, or is back, or was
    /// made anew.
    package nonisolated func observeForgotten(_ output: AlarmOutput) {
        inbox.put(.forgotten(output))
    }

    // MARK: - Commands

    /// Notes that somebody has seen an alarm.
    package func acknowledge(_ alarm: String, by person: String) throws(AlarmRefusal) {
        try runner.perform { (alarms, now) throws(AlarmRefusal) in
            try alarms.acknowledge(alarm, by: person, at: now)
        }
    }

    /// Shuts a valve.
    package func closeValve(_ valve: String, by person: String) throws(AlarmRefusal) {
        try runner.perform { (alarms, now) throws(AlarmRefusal) in
            try alarms.closeValve(valve, by: person, at: now)
        }
    }

    /// Opens a valve, or lets it be opened.
    package func openValve(_ valve: String, by person: String) throws(AlarmRefusal) {
        try runner.perform { (alarms, now) throws(AlarmRefusal) in
            try alarms.openValve(valve, by: person, at: now)
        }
    }

    /// Tries out what an alarm does, without shutting a valve.
    ///
    /// - Returns: What was found, after ``AlarmSystemState/testPulse`` and at most
    ///   ``AlarmSystemState/testPatience`` more, whether the caller is cancelled or not.
    package func test(
        _ alarm: String, by person: String
    ) async throws(AlarmRefusal) -> AlarmTestReport {
        guard runner.isRunning else { throw .stopped }
        let report = try await runner.ask { (alarms, now) throws(AlarmRefusal) in
            (alarm, try alarms.beginTest(of: alarm, by: person, at: now))
        }
        if let report { return report }
        guard var report = runner.current.test?.report else { throw .stopped }
        report.ending = .interrupted
        return report
    }

    /// All alarms, valves and outputs as they are now.
    package var status: AlarmSystemStatus {
        var status = runner.current.status
        status.droppedInputs = inbox.dropped
        status.droppedEvents = runner.droppedRecords
        return status
    }

    // MARK: - Running

    /// Stops deciding, for other alarms that go on from here; outputs are left as they are.
    package func handOver() -> AlarmSystemState { runner.handOver() }

    /// Goes on where the alarms of the document before have stopped. To be called before ``run()``.
    package func takeOver(_ before: AlarmSystemState) {
        runner.takeOver(AlarmSystemState(program, after: before))
    }

    /// Watches until the task is cancelled. To be called once. What has arrived before is known
    /// before any output is told anything.
    ///
    /// Outputs are left as they are at the end.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask(executorPreference: globalConcurrentExecutor) {
                await self.saveLatches()
            }
            await withTaskExecutorPreference(executor) { await runner.run() }
            saves.end()
        }
    }

    /// Saving may block: never on the thread that acts.
    @concurrent private nonisolated func saveLatches() async {
        var isFailing = false
        while let latches = await saves.next() {
            if await hasHandedOver { continue }
            if await effects.save(latches) {
                isFailing = false
                continue
            }
            if !isFailing { await tellNotSaved() }
            isFailing = true
            await time.sleep(time.monotonic().advanced(by: Self.savingPause))
            if !Task.isCancelled { saves.put(await newestLatches) }
        }
    }

    private var hasHandedOver: Bool { runner.isHandedOver }

    private var newestLatches: AlarmLatches { runner.current.latches }

    private func tellNotSaved() {
        _ = runner.attempt { _, now in
            let event = Event(
                "alarm.notSaved", of: "alarms", at: now.wall.timestamp, severity: .warning)
            return [.record(event, .alarm)]
        }
    }
}

extension AlarmEffects {
    fileprivate func carryOut(_ command: AlarmCommand, on target: AlarmOutput) async -> LineFault? {
        do throws(LineFault) {
            switch target {
            case .line(let name):
                guard let line = lines[name] else { return .stopped }
                try await line.set(command == .on)
            case .circuit(let name):
                try await holdCircuit(name, command == .letGo ? nil : command == .on)
            case .door(let name): try await holdDoor(name, command == .on)
            case .charging(let name): try await holdCharging(name, command == .on)
            }
            return nil
        } catch {
            return error
        }
    }
}
