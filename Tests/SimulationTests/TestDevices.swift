import Execution
import Modbus
import Simulation
import Testing

extension SimulatedDevice {
    /// A device with input registers 0 to 19 (each its address times the unit), a hole, input
    /// 30 and 31, writable holding registers 100 to 109 and coils 0 to 15.
    static func sample(
        unit: UInt8, behaviour: DeviceBehaviour = DeviceBehaviour(), requestGap: Duration = .zero
    ) -> SimulatedDevice {
        let inputs = (0..<20).map { address in
            RegisterCell(
                RegisterRange(.input, at: UInt16(address), count: 1),
                words: [UInt16(address) * UInt16(unit)])
        }
        let cells =
            inputs + [
                RegisterCell(RegisterRange(.input, at: 30, count: 2), words: [0x1234, 0x5678]),
                RegisterCell(
                    RegisterRange(.holding, at: 100, count: 10), isWritable: true,
                    words: Array(0..<10)),
                RegisterCell(
                    RegisterRange(.coil, at: 0, count: 16), isWritable: true,
                    words: (0..<16).map { $0 % 3 == 0 ? 1 : 0 }),
            ]
        return SimulatedDevice(
            name: "sample-\(unit)", unit: UnitIdentifier(unit), map: RegisterMap(cells: cells),
            behaviour: behaviour, requestGap: requestGap, seed: UInt64(unit))
    }
}

/// Runs a line at 115200 baud with these devices while `body` does.
func withLine<Result: Sendable>(
    _ devices: [SimulatedDevice], isStrict: Bool = false, link: String? = nil,
    _ body: (SimulatedLine) async throws -> Result
) async throws -> Result {
    let timing = LineTiming(
        characterTime: .nanoseconds(95_486), silence: .microseconds(1_750),
        turnaround: .milliseconds(2))
    let line = try SimulatedLine(
        devices: devices, timing: timing, isStrict: isStrict, link: link,
        clock: { SimulatedTime(localSeconds: 1_780_000_000) },
        executor: ThreadExecutor(name: "line"))
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await line.run() }
        let result = try await body(line)
        group.cancelAll()
        try await group.waitForAll()
        return result
    }
}

/// Runs a TCP server with these devices while `body` does.
func withServer<Result: Sendable>(
    _ devices: [SimulatedDevice], host: String = "127.0.0.1", framing: TCPFraming = .modbusTCP,
    _ body: (SimulatedServer) async throws -> Result
) async throws -> Result {
    let server = try SimulatedServer(
        host: host, port: 0, framing: framing, devices: devices,
        clock: { SimulatedTime(localSeconds: 1_780_000_000) },
        executor: ThreadExecutor(name: "server"))
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        let result = try await body(server)
        group.cancelAll()
        try await group.waitForAll()
        return result
    }
}

/// Waits until something has happened; after half a minute it is an issue, not an endless wait.
func eventually(
    _ condition: () async -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async {
    let deadline = ContinuousClock.now.advanced(by: .seconds(30))
    while await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("it did not happen within 30 s", sourceLocation: sourceLocation)
            return
        }
        // Only a cancelled test ends the pause early.
        try? await Task.sleep(for: .milliseconds(5))
    }
}
