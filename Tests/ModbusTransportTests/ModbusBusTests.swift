import CLinux
import DeviceProfiles
import Execution
import Glibc
import Glibc
import LinuxSystem
import Modbus
import ModbusTransport
import Simulation
import Testing

/// The bus on a real tty and real connections, against the simulated devices.
@Suite(.serialized) struct ModbusBusTests {
    @Test func readsAndWritesOnALine() async throws {
        try await withSerialBus([telltale(unit: 3), telltale(unit: 4)]) { bus, line in
            let words1 = try await bus.read(17, 5, from: 3)
            #expect(words1 == [17, 18, 19, 20, 21])
            let write = ModbusCall(
                .writeRegisters(address: 40, [7, 8]), to: UnitIdentifier(4), priority: .command)
            let response = try await bus.perform(write).response
            #expect(response == .written)
            let words2 = try await bus.read(39, 4, from: 4)
            #expect(words2 == [39, 7, 8, 42])
            let words3 = try await bus.read(39, 4, from: 3)
            #expect(words3 == [39, 40, 41, 42])
            #expect(bus.statistics.answers == 4)
            #expect(line.report.silences.broken == 0)
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"], [TCPFraming.modbusTCP, .rtu])
    func readsOverConnections(host: String, framing: TCPFraming) async throws {
        try await withTCPBus([telltale(unit: 3)], host: host, framing: framing) { bus, _ in
            for start in stride(from: UInt16(0), to: 400, by: 40) {
                let words4 = try await bus.read(start, 40, from: 3)
                #expect(words4 == (start..<start + 40).map { $0 })
            }
        }
    }

    @Test func readsTheDeviceIdentificationThatLibmodbusCannot() async throws {
        let profile = try ProfileLibrary.shipped().profile("eastron-sdm120")
        let device = SimulatedDevice(
            name: "meter", unit: UnitIdentifier(3), profile: try #require(profile), seed: 1)
        try await withSerialBus([device], baudRate: 19_200) { bus, _ in
            let call = ModbusCall(
                .readDeviceIdentification(.basic, from: 0), to: UnitIdentifier(3),
                priority: .onDemandRead)
            guard case .identification(let identification) = try await bus.perform(call).response
            else { return #expect(Bool(false), "no identification") }
            #expect(identification.objects[0] == "Eastron")
        }
    }

    /// Bare libmodbus accepts 88 values of another register here, of 220.
    @Test func aLateAnswerIsNeverTakenForTheNext() async throws {
        let device = telltale(unit: 1)
        device.set(FaultSetting(.late(.milliseconds(100) ... .milliseconds(600))))
        try await withSerialBus([device]) { bus, _ in
            var timing = ExchangeTiming()
            timing.responseTimeout = .milliseconds(300)
            var answers = 0
            for register in UInt16(0)..<40 {
                do {
                    let words = try await bus.read(
                        register, from: 1, priority: .onDemandRead, timing: timing)
                    answers += 1
                    #expect(words == [register])
                } catch let error as ModbusError {
                    #expect(error.isSilence)
                }
            }
            // The bus learns to wait for a slow meter, so that most answers are of use.
            #expect(answers >= 20, "only \(answers) answers were of use")
            #expect(bus.statistics.lateAnswers > 0)
        }
    }

    @Test(arguments: [TCPFraming.modbusTCP, .rtu])
    func aLateAnswerOverAConnectionIsNeverTakenForTheNext(framing: TCPFraming) async throws {
        let device = telltale(unit: 1)
        device.set(FaultSetting(.late(.milliseconds(20) ... .milliseconds(300))))
        try await withTCPBus([device], framing: framing) { bus, _ in
            let timing = ExchangeTiming(
                responseTimeout: .milliseconds(100), lateAnswerLimit: .milliseconds(400))
            for register in UInt16(0)..<40 {
                // A time-out is right here; only a wrong value is not.
                guard
                    let words = try? await bus.read(
                        register, from: 1, priority: .onDemandRead, timing: timing)
                else { continue }
                #expect(words == [register])
            }
            #expect(bus.statistics.requests >= 40)
        }
    }

    @Test(arguments: [
        (Fault.corrupt, FrameFault.checksum), (.truncated, .truncated),
        (.foreignUnit, .foreignUnit),
    ])
    func aBrokenAnswerIsCountedAndSurvived(fault: Fault, expected: FrameFault) async throws {
        let device = telltale(unit: 1)
        try await withSerialBus([device], baudRate: 19_200) { bus, _ in
            device.set(FaultSetting(fault))
            await #expect(throws: ModbusError.corrupt(expected)) {
                try await bus.read(7, from: 1)
            }
            device.set(FaultSetting(nil))
            let words5 = try await bus.read(7, from: 1, priority: .onDemandRead)
            #expect(words5 == [7])
            #expect(bus.statistics.faults[expected] == 1)
        }
    }

    @Test func garbageIsCountedAndSurvived() async throws {
        let device = telltale(unit: 1)
        try await withSerialBus([device], baudRate: 19_200) { bus, _ in
            device.set(FaultSetting(.garbage))
            for _ in 0..<10 {
                await #expect(throws: ModbusError.self) { _ = try await bus.read(7, from: 1) }
            }
            device.set(FaultSetting(nil))
            let words6 = try await bus.read(7, from: 1, priority: .onDemandRead)
            #expect(words6 == [7])
        }
    }

    @Test func anExceptionIsAnAnswer() async throws {
        try await withTCPBus([telltale(unit: 1)]) { bus, _ in
            await #expect(throws: ModbusError.exception(.illegalDataAddress)) {
                try await bus.read(499, 2, from: 1)
            }
            #expect(bus.statistics.exceptions == 1)
        }
    }

    @Test func aConnectionThatWasResetIsMadeAgain() async throws {
        let device = telltale(unit: 1)
        try await withTCPBus([device]) { bus, _ in
            let words7 = try await bus.read(1, from: 1)
            #expect(words7 == [1])
            device.set(FaultSetting(.reset))
            await #expect(throws: ModbusError.self) { _ = try await bus.read(2, from: 1) }
            device.set(FaultSetting(nil))
            let words8 = try await bus.read(3, from: 1, priority: .onDemandRead)
            #expect(words8 == [3])
            #expect(bus.statistics.connections >= 2)
        }
    }

    @Test func nobodyThereIsSaidAtOnceAndNotTriedAgainTooSoon() async throws {
        let bus = ModbusBus(
            name: "nobody", link: .tcp(host: "127.0.0.1", port: 1), time: .system,
            executor: ThreadExecutor(name: "bus"), seed: 1)
        for _ in 0..<20 {
            await #expect(throws: ModbusError.disconnected(errno: 111)) {
                try await bus.read(1, from: 1)
            }
        }
        #expect(bus.statistics.downSince != nil)
        #expect(bus.statistics.requests == 0)
        await bus.close()
    }

    @Test func aLineThatIsNotThereIsADisconnectedBus() async throws {
        let settings = SerialSettings(baudRate: 9_600, parity: .even, stopBits: 1)!
        let bus = ModbusBus(
            name: "none",
            link: .serial(path: "/dev/does-not-exist", settings, kernelDirection: false),
            time: .system, executor: ThreadExecutor(name: "bus"), seed: 1)
        await #expect(throws: ModbusError.disconnected(errno: 2)) { try await bus.read(1, from: 1) }
        await bus.close()
    }

    @Test func aTerminalWithoutDirectionControlSaysSo() async throws {
        let settings = SerialSettings(baudRate: 9_600, parity: .none, stopBits: 1)!
        let terminal = try PseudoTerminal()
        let bus = ModbusBus(
            name: "pty", link: .serial(path: terminal.path, settings, kernelDirection: true),
            time: .system, executor: ThreadExecutor(name: "bus"), seed: 1)
        // ENOTTY: the ioctl for RS-485 is refused, and nothing is sent undirected.
        await #expect(throws: ModbusError.disconnected(errno: 25)) {
            try await bus.read(1, from: 1)
        }
        await bus.close()
        _ = consume terminal
    }

    @Test func aPortThatAnotherBusHasIsRefusedWithItsName() async throws {
        try await withSerialBus([telltale(unit: 1)]) { first, _ in
            let words = try await first.read(1, from: 1)
            #expect(words == [1])
            let second = ModbusBus(
                name: "second", link: first.link, time: .system,
                executor: ThreadExecutor(name: "second"), seed: 1)
            await #expect(throws: ModbusError.disconnected(errno: 16)) {
                try await second.read(1, from: 1)
            }
            #expect(second.statistics.holder?.contains("process \(getpid())") == true)
            await second.close()
        }
    }

    /// Alarms have a thread that their tasks prefer.
    @Test(.timeLimit(.minutes(15)))
    func callersThatPreferAThreadOfTheirOwnAreAllServed() async throws {
        try await withTCPBus([telltale(unit: 1)]) { bus, _ in
            let thread = HomeThread(name: "caller")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<4 {
                    group.addTask(
                        executorPreference: caller == 0 ? globalConcurrentExecutor : thread
                    ) {
                        for _ in 0..<500 {
                            let words = try await bus.read(
                                3, from: 1, priority: caller == 0 ? .scheduledPoll : .command)
                            #expect(words == [3])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(bus.statistics.answers == 2_000)
        }
    }

    /// A pseudo-terminal, as socat and drivers of serial servers make them, keeps no parity bit.
    @Test func aLineWithParityIsHadAgainAfterAKill() async throws {
        let settings = SerialSettings(baudRate: 9_600, parity: .even, stopBits: 1)!
        let line = try SimulatedLine(
            devices: [telltale(unit: 1)], timing: LineTiming(settings), clock: standstill,
            executor: ThreadExecutor(name: "line"))
        let link = ModbusTransport.BusLink.serial(path: line.path, settings, kernelDirection: false)
        let descriptor = open(line.path, O_RDWR | O_NOCTTY)
        defer { close(descriptor) }
        func bus() -> ModbusBus {
            ModbusBus(
                name: "test", link: link, time: .system, executor: ThreadExecutor(name: "bus"),
                seed: 1)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await line.run() }
            defer { group.cancelAll() }
            let killed = bus()
            let first = try await killed.read(3, from: 1)
            #expect(first == [3])
            // Who is killed leaves the terminal as it was set; who ends puts it back.
            var left = termios()
            #expect(tcgetattr(descriptor, &left) == 0)
            await killed.close()
            #expect(tcsetattr(descriptor, TCSANOW, &left) == 0)
            let next = bus()
            let second = try await next.read(4, from: 1)
            #expect(second == [4])
            await next.close()
        }
    }

    @Test func aCommandOvertakesPolls() async throws {
        try await withSerialBus([telltale(unit: 1)], baudRate: 300) { bus, _ in
            let order = try await withThrowingTaskGroup(of: BusPriority.self) { group in
                for register in UInt16(0)..<4 {
                    group.addTask {
                        _ = try await bus.read(register, from: 1)
                        return .scheduledPoll
                    }
                }
                // The first poll takes 400 ms and more at this speed: the others wait behind it.
                try await Task.sleep(for: .milliseconds(30))
                group.addTask {
                    let write = ModbusCall(
                        .writeRegister(address: 9, 9), to: UnitIdentifier(1), priority: .command)
                    _ = try await bus.perform(write)
                    return .command
                }
                var order: [BusPriority] = []
                for try await priority in group { order.append(priority) }
                return order
            }
            #expect(order.firstIndex(of: .command) ?? 9 <= 2, "\(order)")
        }
    }

    @Test func aSilentProbeDoesNotHoldUpTheOthers() async throws {
        let dead = telltale(unit: 1)
        dead.set(FaultSetting(.silent))
        try await withSerialBus([dead, telltale(unit: 2)]) { bus, _ in
            let timing = ExchangeTiming(
                responseTimeout: .milliseconds(50), lateAnswerLimit: .seconds(30))
            await #expect(throws: ModbusError.self) {
                try await bus.read(1, from: 1, priority: .probe, timing: timing)
            }
            // Would take the half minute in which the dead device might still answer.
            let start = ContinuousClock.now
            let words9 = try await bus.read(2, from: 2, timing: timing)
            #expect(words9 == [2])
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }
}

extension ModbusError {
    var isSilence: Bool {
        if case .timeout = self { true } else { false }
    }
}
