import MaintenanceAPI
import Testing

extension GatewayTests.LineTests {
    @Test func `A reload that adds a line leaves the others of its chip as they are`() async throws
    {
        try await Scene.run { scene in
            func write(doors: [String]) throws {
                try scene.write(
                    buses: [], devices: [],
                    mechanisms: [
                        "alarms:", "  gas-leak: {when: {line: GAS1}, then: [{on: FAN1}]}",
                    ] + doors,
                    board: [
                        "GAS1: {chip: sim, offset: 2}", "FAN1: {chip: sim, offset: 3}",
                        "LOCK1: {chip: sim, offset: 6}", "DOOR1: {chip: sim, offset: 7}",
                    ])
            }
            let (gas, fan) = (GatewayTests.Line(2), GatewayTests.Line(3))
            try gas.pull(up: true)
            try write(doors: [])
            _ = try await scene.startDaemon()
            try await eventually("the fan runs") { try fan.isHigh }

            try write(doors: ["doors:", "  gate: {strike: LOCK1, contact: DOOR1}"])
            let reload = try scene.start([
                Scene.binaries + "/linli", "reload", "--socket", scene.socket,
            ])
            while reload.isRunning { try #require(try fan.isHigh) }
            #expect(try await reload.exitCode() == 0)
            try await eventually("the new lines are there") {
                let lines: [LineReport] = try await scene.ask("lines")
                return lines.count == 4 && lines.allSatisfy { $0.fault == nil }
            }
            #expect(try fan.isHigh)

            // And what is switched after it reaches the same line.
            try gas.pull(up: false)
            try await eventually("the fan stops") { try !fan.isHigh }

            try write(doors: [])
            let report: ReloadReport = try await scene.ask("reload")
            #expect(report.isApplied)
            let lines: [LineReport] = try await scene.ask("lines")
            #expect(lines.map(\.name) == ["FAN1", "GAS1"])
        }
    }
}
