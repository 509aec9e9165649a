import CLinux
import Glibc
import MaintenanceAPI
import Testing

private typealias Line = GatewayTests.Line

extension GatewayTests.LineTests {
    /// `deploy/samples/gas-leak.yaml` on the lines of `board/simulated.yaml`.
    @Test func `The gas leak sample: either detector shuts the valve, airs, lights and unlocks`()
        async throws
    {
        try await Scene.run { scene in
            let (gas, motion) = (Line(15), Line(13))
            let (fan, valve, strike, stairs) = (Line(6), Line(7), Line(3), Line(5))
            for line in [gas, motion, Line(12)] { try line.pull(up: false) }
            try await scene.start(
                sample: "gas-leak", quiet: ["meter-room/gas.concentration": "0"])
            try await scene.awaitAlarm("gas-leak", "quiet")
            try await eventually("all rests, and the door is locked") {
                try await scene.door("entrance-1").isClosed == true && strike.isHigh
                    && !fan.isHigh && !valve.isHigh && !stairs.isHigh
            }
            let test = try await scene.linli(["alarms", "test", "gas-leak"])
            #expect(test.exitCode == 0, "\(test.output)\(test.complaints)")
            #expect(try await scene.valve("gas-valve").isClosed == false)

            try gas.pull(up: true)
            try await eventually("valve, fan, light and door follow the wire") {
                try valve.isHigh && fan.isHigh && stairs.isHigh && !strike.isHigh
            }
            try await eventually("the valve's contact says so") {
                try await scene.valve("gas-valve").isClosed == true
            }
            try gas.pull(up: false)
            try await scene.awaitAlarm("gas-leak", "latched")
            try await scene.set("meter-room/gas.concentration", "25")
            try await scene.awaitAlarm("gas-leak", "active")
            try await scene.set("meter-room/gas.concentration", "0")
            try await scene.awaitAlarm("gas-leak", "latched")
            #expect(try await scene.linli(["alarms", "ack", "gas-leak"]).exitCode == 0)
            try await eventually("only the valve stays") {
                try !fan.isHigh && strike.isHigh && valve.isHigh
            }
            #expect(try await scene.linli(["alarms", "open", "gas-valve"]).exitCode == 0)
            try await eventually("until it is opened by hand") { try !valve.isHigh }
            #expect(try await scene.events(in: "alarm") >= 4)
        }
    }

    @Test func `The street pole follows the sun where a time service keeps the clock`()
        async throws
    {
        try await Scene.run { scene in
            try await StreetPole(scene: scene).passes()
            #expect(try await scene.status.isClockSynchronized)
        }
    }

    @Test func `Without a clock the pole is lit, and gas shuts the valve`() async throws {
        var state = timex()
        state.modes = 0x10  // ADJ_STATUS
        state.status = 0x40  // STA_UNSYNC
        adjtimex(&state)
        try await Scene.run { scene in
            try await StreetPole(scene: scene).passes()
            #expect(try await !scene.status.isClockSynchronized)
        }
        try await Scene.run { scene in
            let (gas, valve) = (Line(15), Line(7))
            try gas.pull(up: false)
            try await scene.start(
                sample: "gas-leak", quiet: ["meter-room/gas.concentration": "0"])
            try await scene.awaitAlarm("gas-leak", "quiet")
            #expect(try await !scene.status.isClockSynchronized)
            try gas.pull(up: true)
            try await eventually("the valve follows") { try valve.isHigh }
            try await scene.awaitAlarm("gas-leak", "active")
            try gas.pull(up: false)
        }
    }
}
