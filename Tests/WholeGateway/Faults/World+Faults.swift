import Execution
import Gateway
import Modbus
import ModbusTransport
import Simulation

extension World {
    /// Has things go wrong from now on, one after another and together, until shortly before the end.
    func planFaults(until end: Int64) {
        let pause = Duration.seconds(Int64.random(in: 60...options.faultPause * 2, using: &random))
        machine.after(pause) { [self] in
            guard machine.now < end else { return }
            let kinds = options.kinds
            strike(kinds[Int(random.next() % UInt64(kinds.count))])
            planFaults(until: end)
        }
    }

    private func seconds(_ range: ClosedRange<Int64>) -> Duration {
        .seconds(Int64.random(in: range, using: &random))
    }

    private func oneOf<Value>(_ values: [String: Value]) -> Value? {
        let names = values.keys.sorted()
        return names.isEmpty ? nil : values[names[Int(random.next() % UInt64(names.count))]]
    }

    private func strike(_ kind: FaultKind) {
        faultCounts[kind, default: 0] += 1
        switch kind {
        case .deadDevice: trouble(.silent)
        case .lateDevice: trouble(.late(.milliseconds(300)...(.milliseconds(4_000))), 0.3)
        case .corruptDevice:
            trouble([.corrupt, .truncated, .garbage].randomElement(using: &random))
        case .lyingDevice: trouble(.foreignUnit, 0.5)
        case .busyDevice: trouble(.exception(.serverDeviceBusy), 0.5)
        case .doubledAnswers, .echoes, .noise, .cutCable, .deadServer, .refusingServer,
            .resetServer:
            strikeBus(kind)
        case .brokerDown, .brokerRefuses, .brokerMute, .brokerDrops, .slowBroker, .lostMessages,
            .lostAccepts,
            .lostAcknowledgements, .mixedAcknowledgements:
            strikeParty(kind)
        case .powerCut, .powerCutAtWrite, .powerCutAtStart, .restart, .diskFull, .diskFails,
            .bootWithoutDate:
            strikeBoard(kind)
        case .clockStep: stepClock()
        case .chipGone: loseChip(for: seconds(1...600))
        case .reload, .faultyReload: reload(isFaulty: kind == .faultyReload)
        case .gas: leakGas()
        }
    }

    /// What fails while there is gas matters most.
    private func leakGas() {
        during(seconds(30...600), "gas is about") { [self] in building.setGas($0) }
        guard random.next() % 2 == 0 else { return }
        let length = seconds(1...20)
        machine.after(seconds(1...20)) { [self] in loseChip(for: length) }
    }

    private func loseChip(for length: Duration) {
        during(length, "the chip is gone") { [self] isGone in
            people.forgetFresh()
            building.chip.set(isPresent: !isGone)
            guard !isGone else { return }
            machine.after(.seconds(1)) { [self] in building.checkValve() }
        }
    }

    /// Begins something now, and ends it after a while.
    private func during(
        _ length: Duration, _ name: String, _ set: @escaping @Sendable (_ isOn: Bool) -> Void
    ) {
        tell("\(name) for \(length)")
        set(true)
        machine.after(length) { [self] in
            tell("over: \(name)")
            set(false)
        }
    }

    private func trouble(_ fault: Fault?, _ chance: Double = 1) {
        guard let device = oneOf(devices), let fault else { return }
        during(seconds(10...3_600), "\(device.device.name) is \(fault)") {
            device.device.set($0 ? FaultSetting(fault, chance: chance) : FaultSetting(nil))
        }
    }

    private func strikeBus(_ kind: FaultKind) {
        guard let bus = oneOf(buses) else { return }
        let length = seconds(5...1_800)
        during(length, "\(kind) at \(bus.name)") { isOn in
            switch kind {
            case .doubledAnswers: bus.doubles = isOn ? 0.3 : 0
            case .echoes: bus.echoes = isOn && !bus.isTCP
            case .noise: bus.noise = isOn ? 0.2 : 0
            case .cutCable: bus.isCut = isOn
            case .deadServer:
                bus.isCut = isOn
                if isOn { bus.reset() }
            case .refusingServer:
                bus.refuses = isOn
                if isOn { bus.reset() }
            default: bus.reset()
            }
        }
    }

    private func strikeParty(_ kind: FaultKind) {
        guard let party = oneOf(parties) else { return }
        let share = Double.random(in: 0.1...0.9, using: &random)
        let isShort = random.next() % 4 > 0
        during(seconds(isShort ? 5...900 : 900...40_000), "\(kind) at \(party.destination)") {
            isOn in
            switch kind {
            case .brokerDown:
                party.broker = isOn ? .down : .working
                if isOn { party.dropConnection() }
            case .brokerRefuses:
                party.broker = isOn ? .refusing : .working
                if isOn { party.dropConnection() }
            case .brokerMute: party.broker = isOn ? .mute : .working
            case .brokerDrops: if isOn { party.dropConnection() }
            case .slowBroker: party.latency = .milliseconds(isOn ? 8_000 : 30)
            case .lostMessages: party.losesMessages = isOn ? share : 0
            case .lostAccepts: party.losesAccepts = isOn ? share : 0
            case .lostAcknowledgements: party.losesStored = isOn ? share : 0
            default:
                party.doubles = isOn ? share : 0
                party.delays = isOn ? share : 0
            }
        }
    }

    // MARK: - The board

    private func strikeBoard(_ kind: FaultKind) {
        guard isUp else { return }
        let pause = seconds(1...600)
        switch kind {
        case .powerCut: cutPower(for: pause, isDateKept: true)
        case .bootWithoutDate:
            cutPower(for: pause, isDateKept: false)
            machine.after(pause + seconds(5...3_000)) { [self] in
                guard !isSynchronized else { return }
                tell("the clock is set")
                setClock(error: .zero, isSynchronized: true)
            }
        case .powerCutAtWrite: armPowerCut(in: Int.random(in: 0...300, using: &random), pause)
        case .powerCutAtStart:
            cutPower(for: .seconds(1), isDateKept: true)
            let calls = Int.random(in: 0...60, using: &random)
            machine.after(.milliseconds(900)) { [self] in armPowerCut(in: calls, pause) }
        case .restart:
            guard isRunning else { return }
            tell("restart")
            shutDown { [self] in restart() }
        case .diskFull:
            let room = Int64.random(in: 0...200_000, using: &random)
            during(seconds(10...7_200), "the disk is full but for \(room) bytes") { [self] in
                disk.room = $0 ? room : nil
            }
        default:
            let share = Double.random(in: 0.001...0.3, using: &random)
            during(seconds(10...1_800), "the disk fails at \(share)") { [self] in
                disk.failureShare = $0 ? share : 0
            }
        }
    }

    private func armPowerCut(in calls: Int, _ pause: Duration) {
        disk.onCut = { [self] in
            machine.after(.zero) { [self] in
                if isUp { cutPower(for: pause, isDateKept: true) }
            }
        }
        disk.callsUntilCut = calls
    }

    private func stepClock() {
        guard isUp, isSynchronized else { return }
        let step = Duration.milliseconds(Int64.random(in: -90_000...90_000, using: &random))
        tell("the clock steps by \(step)")
        setClock(error: clockError + step, isSynchronized: true)
        machine.after(seconds(10...2_000)) { [self] in
            guard isSynchronized else { return }
            tell("the clock is right again")
            setClock(error: .zero, isSynchronized: true)
        }
    }

    private func reload(isFaulty: Bool) {
        guard let gateway, isRunning else { return }
        // The file cannot be written only where this machine is out of memory.
        try? siteText.write(to: siteFile, version: siteText.version + 1, isFaulty: isFaulty)
        tell(isFaulty ? "reload of a faulty site" : "reload")
        Task {
            do {
                _ = try await gateway.reload()
                if isFaulty { violate("a faulty site was taken over") }
            } catch {
                if !isFaulty { violate("a valid site was refused: \(error)") }
            }
            writeSite()
        }
    }
}
