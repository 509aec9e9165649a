import MaintenanceAPI
import Testing

extension GatewayTests {
    /// The sites of `deploy/samples` that watch and count, each run against simulated devices.
    @Suite struct SampleTests {
        @Test(arguments: try Scene.sampleNames)
        func `It passes the check on every board`(_ name: String) async throws {
            try await Scene.run { scene in
                let boards = try File.names(in: Scene.boards).filter { $0.hasSuffix(".yaml") }
                #expect(boards.count == 3)
                for board in boards {
                    let check = try await scene.linli([
                        "check", "\(Scene.samples)/\(name).yaml",
                        "--board", "\(Scene.boards)/\(board)",
                    ])
                    #expect(check.exitCode == 0, "\(board): \(check.complaints)")
                }
            }
        }

        @Test func `Parking bays are taken and free, and the sign says when all are taken`()
            async throws
        {
            try await Scene.run { scene in
                try await scene.start(
                    sample: "parking-bays",
                    quiet: [
                        "bay-01/distance": "2300", "bay-02/distance": "2300",
                        "bay-03/distance": "2300", "bay-04/distance": "2300",
                        "loops/input.1": "0", "loops/input.2": "0", "loops/input.3": "0",
                        "loops/input.4": "0",
                    ])
                for bay in 1...8 { try await scene.awaitAlarm("bay-0\(bay)-occupied", "quiet") }
                // A roof, then the floor again: 1600 mm is within the hysteresis.
                try await scene.set("bay-01/distance", "900")
                try await scene.awaitAlarm("bay-01-occupied", "active")
                try await scene.set("bay-01/distance", "1600")
                try await scene.awaitReadings(of: "bay-01")
                #expect(try await scene.alarm("bay-01-occupied").state == "active")
                try await scene.set("bay-01/distance", "2300")
                try await scene.awaitAlarm("bay-01-occupied", "quiet")
                try await scene.awaitLine("loops/relay.1", false)

                for bay in 1...4 { try await scene.set("bay-0\(bay)/distance", "900") }
                for loop in 1...4 { try await scene.set("loops/input.\(loop)", "1") }
                try await scene.awaitAlarm("level-full", "active")
                try await scene.awaitLine("loops/relay.1", true)
                // Taken twice, free once, and the rest once.
                #expect(try await scene.events(in: "event") >= 11)
                #expect(try await scene.events(in: "alarm") == 0)
                try await scene.set("loops/input.4", "0")
                try await scene.awaitLine("loops/relay.1", false)
            }
        }

        @Test func `A charging point tells its state, its energy and its faults`() async throws {
            try await Scene.run { scene in
                try await scene.start(
                    sample: "charging-point",
                    quiet: [
                        "charger-2/temperature.pcb": "30", "feeder/current.l1": "20",
                        "feeder/current.l2": "20", "feeder/current.l3": "20", "inputs/input.1": "1",
                    ])
                for name in ["charger-1", "charger-2"] {
                    try await scene.simulate("hand", name, "unplug")
                }
                for name in ["charger-1-charging", "charger-2-charging", "feeder-overload"] {
                    try await scene.awaitAlarm(name, "quiet")
                }
                try await scene.simulate("hand", "charger-1", "plug")
                try await scene.awaitAlarm("charger-1-charging", "active")
                let state = try await scene.read("charger-1/status.charging")
                #expect(state.label == "charging")
                let energy = try await scene.read("charger-1/energy.active.import.total")
                #expect(energy.isGood && energy.unit == "Wh")
                // It has all it can take of the limit and of the feeder.
                try await eventually("it is told its maximum") {
                    let report: ChargersReport = try await scene.ask("chargers")
                    return report.chargers.first?.commanded == 32
                }
                try await scene.simulate("hand", "charger-2", "plug")
                try await scene.awaitAlarm("charger-2-charging", "active")

                #expect(try await scene.events(in: "alarm") == 0)
                try await eventually("the two share the limit") {
                    let report: ChargersReport = try await scene.ask("chargers")
                    let told = report.chargers.compactMap(\.commanded)
                    return told.count == 2 && told.allSatisfy { $0 > 0 } && told[0] + told[1] == 40
                }
                try await scene.simulate("hand", "charger-1", "break")
                try await scene.awaitAlarm("charger-1-fault", "active")
                try await scene.awaitAlarm("charger-1-charging", "quiet")
                try await scene.set("charger-2/temperature.pcb", "75")
                try await scene.awaitAlarm("charger-2-hot", "active")
                try await scene.set("feeder/current.l2", "110")
                try await scene.awaitAlarm("feeder-overload", "active")
                try await scene.set("inputs/input.1", "0")
                try await scene.awaitAlarm("cabinet-open", "active")
                #expect(try await scene.events(in: "alarm") >= 4)
            }
        }

        @Test func `A waste bin is full once its lid is shut, and tells its open lid`() async throws
        {
            try await Scene.run { scene in
                try await scene.start(
                    sample: "waste-bins",
                    quiet: [
                        "bin-paper/distance": "1100", "bin-food/distance": "1100",
                        "bin-paper/temperature": "20", "bin-food/temperature": "20",
                        "lids/input.1": "1", "lids/input.2": "1",
                    ])
                for name in ["bin-paper-full", "bin-paper-open", "bin-paper-hot", "bin-food-full"] {
                    try await scene.awaitAlarm(name, "quiet")
                }
                // An arm in the opening is near, and the lid is open.
                try await scene.set("lids/input.1", "0")
                try await scene.awaitAlarm("bin-paper-open", "active")
                try await scene.set("bin-paper/distance", "250")
                try await scene.awaitReadings(of: "bin-paper")
                #expect(try await scene.alarm("bin-paper-full").state == "quiet")
                try await scene.set("lids/input.1", "1")
                try await scene.awaitAlarm("bin-paper-full", "active")
                try await scene.awaitAlarm("bin-paper-open", "quiet")
                #expect(try await scene.alarm("bin-food-full").state == "quiet")
                try await scene.set("bin-food/temperature", "90")
                try await scene.awaitAlarm("bin-food-hot", "active")
                #expect(try await scene.events(in: "alarm") >= 2)
            }
        }

        @Test func `A street pole is lit by sun and clouds, and its dead lamp is told`()
            async throws
        {
            try await Scene.run { scene in
                try await StreetPole(scene: scene).passes()
            }
        }

        @Test func `A fitness station counts, and tells use, service and its open box`()
            async throws
        {
            try await Scene.run { scene in
                try await scene.start(
                    sample: "fitness-station",
                    quiet: [
                        "counter/input1.counter": "1200", "counter/input1.frequency": "0",
                        "counter/input2.frequency": "0", "counter/input3.frequency": "0",
                        "counter/input8.state": "1",
                    ])
                for name in ["stepper-in-use", "stepper-service", "box-open"] {
                    try await scene.awaitAlarm(name, "quiet")
                }
                try await scene.set("counter/input1.frequency", "1.5")
                try await scene.set("counter/input1.counter", "1230")
                try await scene.awaitAlarm("stepper-in-use", "active")
                try await eventually("both counts are in the record") {
                    let counts = try await scene.goodSamples(of: "counter/input1.counter")
                    return Set(counts.map(\.value)).isSuperset(of: ["1200", "1230"])
                }
                try await scene.set("counter/input1.frequency", "0")
                try await scene.awaitAlarm("stepper-in-use", "quiet")

                try await scene.set("counter/input1.counter", "500001")
                try await scene.awaitAlarm("stepper-service", "active")
                try await scene.set("counter/input8.state", "0")
                try await scene.awaitAlarm("box-open", "active")
                #expect(try await scene.events(in: "alarm") >= 2)
            }
        }
    }
}
