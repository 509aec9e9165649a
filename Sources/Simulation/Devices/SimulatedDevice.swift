package import DeviceProfiles
package import Execution
package import Metering
package import Modbus
import Synchronization

/// One Modbus server of a simulated community: its registers, its faults and its counters.
///
/// Its bus asks it from one thread, while faults are set and counters read from others. Values
/// are worked out when they are asked for; nothing runs in between.
package final class SimulatedDevice: Sendable {
    package let name: String
    package let unit: UnitIdentifier
    /// The pause the device needs between its answer and the next request to it.
    package let requestGap: Duration
    private let map: RegisterMap
    private let behaviour: DeviceBehaviour
    private let state: Mutex<State>

    private struct State: Sendable {
        var setting = FaultSetting(nil)
        var counters = DeviceCounters()
        var moments = DeviceMoments()
        /// What was set and nobody has read yet.
        var unread: RegisterRange?
        var random: SeededRandom
        var written: [RegisterTable: [UInt16: UInt16]] = [:]
        /// Of the request that is met now.
        var requestEnd = MonotonicTime(nanoseconds: 0)
    }

    package init(
        name: String, unit: UnitIdentifier, map: RegisterMap,
        behaviour: DeviceBehaviour = DeviceBehaviour(), requestGap: Duration = .zero, seed: UInt64
    ) {
        self.name = name
        self.unit = unit
        self.map = map
        self.behaviour = behaviour
        self.requestGap = requestGap
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    /// The fault set now, and what has been counted.
    package var fault: FaultSetting { state.withLock { $0.setting } }
    package var counters: DeviceCounters { state.withLock { $0.counters } }
    /// When it last told a client of something new, and was last told something.
    package var moments: DeviceMoments { state.withLock { $0.moments } }

    /// Sets a fault, from the next request on.
    package func set(_ fault: FaultSetting) {
        state.withLock { $0.setting = fault }
    }

    /// Makes a point hold a number from now on, whatever it did before.
    ///
    /// - Returns: Whether the point can hold it.
    @discardableResult
    package func set(_ point: PointProfile, to number: ScaledInteger) -> Bool {
        let words =
            point.range.table.isBits
            ? point.rawBit(for: number).map { [$0 ? 1 : 0] } : point.rawWords(for: number)
        guard let words else { return false }
        hold(words, at: point)
        return true
    }

    /// Makes a point hold a text from now on.
    ///
    /// - Returns: Whether the point can hold it.
    @discardableResult
    func set(_ point: PointProfile, to text: String) -> Bool {
        guard let words = point.rawWords(for: text) else { return false }
        hold(words, at: point)
        return true
    }

    private func hold(_ words: [UInt16], at point: PointProfile) {
        state.withLock { state in
            state.unread = point.range
            for (offset, (address, word)) in zip(point.addresses, words).enumerated() {
                let own = point.range.table.isBits ? 1 : point.ownBits[offset]
                let others = state.written[point.range.table]?[address] ?? 0
                state.written[point.range.table, default: [:]][address] =
                    others & ~own | word & own
            }
        }
    }

    /// What a client has written to a point; `nil` before it has.
    func written(_ point: PointProfile) -> ScaledInteger? {
        let table = point.range.table
        let words = state.withLock { state in
            (0..<point.range.count).map { state.written[table]?[point.range.address + $0] }
        }
        guard words.allSatisfy({ $0 != nil }) else { return nil }
        let response: ModbusResponse =
            table.isBits
            ? .bits(words.map { $0 != 0 }) : .registers(words.compactMap(\.self))
        var image = RegisterImage()
        image.insert(response, for: point.range, at: Self.anyMoment)
        switch point.measure(image) {
        case .value(let value), .uncertain(_, let value): return value.number
        case .missing: return nil
        }
    }

    /// What is measured here is not asked when it was.
    private static let anyMoment = Moment(
        monotonic: MonotonicTime(nanoseconds: 0),
        wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: false))

    /// Whether a client has written something other than 0 to a point.
    func holdsNonzero(_ point: PointProfile) -> Bool {
        state.withLock { state in
            (0..<point.range.count).contains { offset in
                let word = state.written[point.range.table]?[point.range.address + offset] ?? 0
                return word & (point.range.table.isBits ? 1 : point.ownBits[Int(offset)]) != 0
            }
        }
    }

    /// A request came too soon after the last answer.
    func noteBrokenGap() {
        state.withLock { $0.counters.gapsBroken += 1 }
    }

    /// Meets one request.
    ///
    /// - Parameters:
    ///   - pdu: The function code and what follows it, without unit and checksum.
    ///   - end: When the last byte of the request was through the wire; `nil` for just now.
    package func react(
        to pdu: [UInt8], at time: SimulatedTime, requestEnd end: MonotonicTime? = nil
    ) -> DeviceReaction {
        state.withLock { state in
            state.requestEnd = end ?? PreciseWait.now()
            state.counters.requests += 1
            let fault = state.setting.strike(using: &state.random)
            if fault != nil { state.counters.faults += 1 }
            return strike(fault, pdu: pdu, at: time, &state)
        }
    }

    private func strike(
        _ fault: Fault?, pdu: [UInt8], at time: SimulatedTime, _ state: inout State
    ) -> DeviceReaction {
        switch fault {
        case .silent: return .silence
        case .reset: return .reset
        case .exception(let exception):
            let refusal = ServerFraming.refusal(exception, of: pdu)
            return .answer(DeviceAnswer(pdu: refusal, unit: unit))
        case .busy:
            let refusal = ServerFraming.refusal(.serverDeviceBusy, of: pdu)
            return .answer(DeviceAnswer(pdu: refusal, unit: unit))
        default: break
        }
        guard let content = serve(pdu, at: time, &state) else { return .silence }
        var answer = DeviceAnswer(pdu: content, unit: unit)
        switch fault {
        case .slow(let delay): answer.delay = delay
        case .late(let range):
            let nanoseconds = range.lowerBound.nanoseconds...range.upperBound.nanoseconds
            answer.delay = .nanoseconds(Int64.random(in: nanoseconds, using: &state.random))
        case .twice(let pause): answer.copyPause = pause
        case .echo: answer.isEchoed = true
        case .corrupt: answer.damage = .checksum
        case .truncated: answer.damage = .truncated
        case .foreignUnit: answer.unit = UnitIdentifier(unit.rawValue % 247 + 1)
        case .garbage:
            let count = Int.random(in: 1...20, using: &state.random)
            answer.damage = .garbage(
                (0..<count).map { _ in UInt8.random(in: 0...255, using: &state.random) })
        default: break
        }
        return .answer(answer)
    }

    /// - Returns: The PDU of the answer, `nil` where the device keeps silent.
    private func serve(
        _ pdu: [UInt8], at time: SimulatedTime, _ state: inout State
    ) -> [UInt8]? {
        func refuse(_ exception: ModbusException) -> [UInt8] {
            state.counters.exceptions += 1
            return ServerFraming.refusal(exception, of: pdu)
        }
        let request: ModbusRequest
        do { request = try ModbusRequest(decoding: pdu[...]) } catch { return refuse(error) }
        let response: ModbusResponse
        switch request {
        case .read(let range):
            let limit = range.table.isBits ? behaviour.maximumBits : behaviour.maximumRegisters
            guard range.count <= limit else { return refuse(.illegalDataValue) }
            let written = state.written[range.table] ?? [:]
            guard let words = map.read(range, at: time, written: written) else {
                return behaviour.isSilentAtHoles ? nil : refuse(.illegalDataAddress)
            }
            state.counters.values += words.count
            if let unread = state.unread, range.touches(unread) {
                state.moments.told = PreciseWait.now()
                state.unread = nil
            }
            response = range.table.isBits ? .bits(words.map { $0 != 0 }) : .registers(words)
        case .readDeviceIdentification(let category, let first):
            guard let objects = behaviour.objects(category, from: first) else {
                return refuse(.illegalDataAddress)
            }
            response = .identification(DeviceIdentification(objects: objects))
        default:
            let (range, words) = request.written
            guard map.isWritable(range) else { return refuse(.illegalDataAddress) }
            state.moments.written = state.requestEnd
            for (offset, word) in words.enumerated() {
                state.written[range.table, default: [:]][range.address + UInt16(offset)] = word
            }
            response = .written
        }
        state.counters.answers += 1
        return response.encoded(answering: request)
    }
}

extension RegisterRange {
    fileprivate func touches(_ other: RegisterRange) -> Bool {
        table == other.table && address < other.end && other.address < end
    }
}

extension ModbusRequest {
    /// What a write request writes where.
    ///
    /// - Precondition: The request is a write.
    fileprivate var written: (RegisterRange, [UInt16]) {
        func range(_ table: RegisterTable, _ address: UInt16, _ count: Int) -> RegisterRange {
            RegisterRange(table, at: address, count: UInt16(count))
        }
        switch self {
        case .writeCoil(let address, let bit): return (range(.coil, address, 1), [bit ? 1 : 0])
        case .writeRegister(let address, let word): return (range(.holding, address, 1), [word])
        case .writeCoils(let address, let bits):
            return (range(.coil, address, bits.count), bits.map { $0 ? 1 : 0 })
        case .writeRegisters(let address, let words):
            return (range(.holding, address, words.count), words)
        case .read, .readDeviceIdentification: preconditionFailure("a read writes nothing")
        }
    }
}
