import Execution
import Modbus
import ModbusTransport
import Simulation

/// A bus as the field has it: its devices, how long bytes take, and what is wrong with the wire.
// `@unchecked`: only touched by the thread that has the baton.
final class FieldBus: @unchecked Sendable {
    let name: String
    let isTCP: Bool
    private let bytesPerSecond: Double
    private let devices: [UInt8: FieldDevice]
    private var random: SeededRandom
    /// What is under way to the gateway on a serial line, whichever port is open by then.
    private var onTheWire: [Arrival] = []
    private var server: FieldPort?

    /// Whether nothing gets through: a cut cable, a server without power.
    var isCut = false
    /// Whether a server refuses connections.
    var refuses = false
    /// The share of answers that come twice.
    var doubles = 0.0
    /// Whether the transceiver hears what it sends.
    var echoes = false
    /// The share of frames with a bit turned over.
    var noise = 0.0

    struct Arrival {
        var moment: Int64
        var bytes: [UInt8]
    }

    init(_ name: String, isTCP: Bool, baudRate: Int, devices: [FieldDevice], seed: UInt64) {
        self.name = name
        self.isTCP = isTCP
        bytesPerSecond = Double(baudRate) / 11
        self.devices = Dictionary(devices.map { ($0.device.unit.rawValue, $0) }) { $1 }
        random = SeededRandom(seed: seed)
    }

    func open() throws(PortError) -> FieldPort {
        if isTCP {
            if isCut {
                VirtualMachine.shared.block(until: VirtualMachine.shared.now + 3_000_000_000)
                throw PortError(errno: 110)
            }
            if refuses { throw PortError(errno: 111) }
            server?.isReset = true
        }
        let port = FieldPort(self)
        server = port
        return port
    }

    func heal() {
        (isCut, refuses, echoes) = (false, false, false)
        (doubles, noise) = (0, 0)
    }

    /// Ends the connection that is open, as a server does that restarts.
    func reset() { server?.isReset = true }

    // MARK: - Requests

    /// Takes what a port has sent.
    func take(_ bytes: [UInt8], from port: FieldPort) {
        let now = VirtualMachine.shared.now
        let end = now + wireTime(bytes.count)
        if echoes { deliver(bytes, at: end, to: port) }
        guard !isCut, let (unit, pdu, number) = request(in: spoilt(bytes)) else { return }
        guard let field = devices[unit] else { return }
        field.requests += 1
        switch field.react(to: pdu, at: end) {
        case .silence: break
        case .reset: port.isReset = isTCP
        case .answer(let answer): send(answer, number: number, requestEnd: end, to: port)
        }
    }

    private func request(in bytes: [UInt8]) -> (unit: UInt8, pdu: [UInt8], number: UInt16)? {
        // What is not a frame is heard by nobody.
        if isTCP {
            guard let found = try? TCPFrame.first(in: bytes[...]) else { return nil }
            return (found.frame.unit.rawValue, found.frame.pdu, found.frame.transaction)
        }
        guard let frame = try? RTUFrame(decoding: bytes[...]) else { return nil }
        return (frame.unit.rawValue, frame.pdu, 0)
    }

    private func send(_ answer: DeviceAnswer, number: UInt16, requestEnd: Int64, to port: FieldPort)
    {
        var frame: [UInt8]
        if isTCP {
            frame = TCPFrame(transaction: number, unit: answer.unit, pdu: answer.pdu).encoded
            if let damage = answer.damage { frame = damage.spoil(tcpFrame: frame) }
        } else {
            frame = RTUFrame(unit: answer.unit, pdu: answer.pdu).encoded
            if let damage = answer.damage { frame = damage.spoil(rtuFrame: frame) }
        }
        let turnaround =
            answer.delay?.nanoseconds ?? Int64.random(in: 8_000_000...45_000_000, using: &random)
        let arrival = requestEnd + turnaround + wireTime(frame.count)
        deliver(spoilt(frame), at: arrival, to: port)
        if doubles > 0, Double.random(in: 0..<1, using: &random) < doubles {
            let pause = Int64.random(in: 3_000_000...900_000_000, using: &random)
            deliver(frame, at: arrival + pause, to: port)
        }
    }

    private func spoilt(_ bytes: [UInt8]) -> [UInt8] {
        guard !isTCP, noise > 0, Double.random(in: 0..<1, using: &random) < noise else {
            return bytes
        }
        var bytes = bytes
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        return bytes
    }

    private func wireTime(_ count: Int) -> Int64 { Int64(Double(count) / bytesPerSecond * 1e9) }

    private func deliver(_ bytes: [UInt8], at moment: Int64, to port: FieldPort) {
        let arrival = Arrival(moment: moment, bytes: bytes)
        if isTCP {
            port.arrivals.add(arrival)
        } else {
            onTheWire.add(arrival)
        }
    }

    /// When something arrives next at a port.
    func nextArrival(at port: FieldPort) -> Int64? {
        (isTCP ? port.arrivals.first : onTheWire.first)?.moment
    }

    /// What has arrived at a port by now.
    func takeArrived(at port: FieldPort, into bytes: inout [UInt8]) -> Int {
        let now = VirtualMachine.shared.now
        func take(_ arrivals: inout [Arrival]) -> Int {
            var count = 0
            while let first = arrivals.first, first.moment <= now {
                bytes.append(contentsOf: first.bytes)
                count += first.bytes.count
                arrivals.removeFirst()
            }
            return count
        }
        return isTCP ? take(&port.arrivals) : take(&onTheWire)
    }
}

extension [FieldBus.Arrival] {
    fileprivate mutating func add(_ arrival: FieldBus.Arrival) {
        let place = lastIndex { $0.moment <= arrival.moment }.map { $0 + 1 } ?? 0
        insert(arrival, at: place)
    }
}
