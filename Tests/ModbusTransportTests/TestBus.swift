import Execution
import LinuxSystem
import Modbus
import ModbusTransport
import Simulation
import Testing

/// A device whose holding register *n* holds *n*, so that a value tells which register it is of.
func telltale(unit: UInt8, registers: UInt16 = 500) -> SimulatedDevice {
    let map = RegisterMap(cells: [
        RegisterCell(
            RegisterRange(.holding, at: 0, count: registers), isWritable: true,
            words: (0..<registers).map { $0 })
    ])
    return SimulatedDevice(
        name: "device-\(unit)", unit: UnitIdentifier(unit), map: map, seed: UInt64(unit))
}

let standstill: @Sendable () -> SimulatedTime = { SimulatedTime(localSeconds: 0) }

/// A bus on a pseudo-terminal with these devices, for as long as the body runs.
func withSerialBus<Result>(
    _ devices: [SimulatedDevice], baudRate: Int = 9_600, isStrict: Bool = false,
    _ body: (ModbusBus, SimulatedLine) async throws -> Result
) async throws -> Result {
    let settings = SerialSettings(baudRate: baudRate, parity: .none, stopBits: 1)!
    let line = try SimulatedLine(
        devices: devices, timing: LineTiming(settings), isStrict: isStrict, clock: standstill,
        executor: ThreadExecutor(name: "line"))
    let link = ModbusTransport.BusLink.serial(path: line.path, settings, kernelDirection: false)
    return try await withServer({ await line.run() }, link: link) { try await body($0, line) }
}

/// A bus on a TCP server with these devices, for as long as the body runs.
func withTCPBus<Result>(
    _ devices: [SimulatedDevice], host: String = "127.0.0.1", framing: TCPFraming = .modbusTCP,
    _ body: (ModbusBus, SimulatedServer) async throws -> Result
) async throws -> Result {
    let server = try SimulatedServer(
        host: host, port: 0, framing: framing, devices: devices, clock: standstill,
        executor: ThreadExecutor(name: "server"))
    let link: ModbusTransport.BusLink =
        framing == .modbusTCP
        ? .tcp(host: host, port: server.port) : .rtuOverTCP(host: host, port: server.port)
    return try await withServer({ await server.run() }, link: link) { try await body($0, server) }
}

private func withServer<Result>(
    _ serve: @escaping @Sendable () async -> Void, link: ModbusTransport.BusLink,
    _ body: (ModbusBus) async throws -> Result
) async throws -> Result {
    let bus = ModbusBus(
        name: "test", link: link, time: .system, executor: ThreadExecutor(name: "bus"), seed: 1)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await serve() }
        defer { group.cancelAll() }
        let result = try await body(bus)
        await bus.close()
        return result
    }
}

extension ModbusBus {
    func read(
        _ address: UInt16, _ count: UInt16 = 1, from unit: UInt8, table: RegisterTable = .holding,
        priority: BusPriority = .scheduledPoll, timing: ExchangeTiming = ExchangeTiming()
    ) async throws -> [UInt16] {
        let call = ModbusCall(
            .read(RegisterRange(table, at: address, count: count)), to: UnitIdentifier(unit),
            priority: priority, timing: timing)
        guard case .registers(let words) = try await perform(call).response else { return [] }
        return words
    }
}
