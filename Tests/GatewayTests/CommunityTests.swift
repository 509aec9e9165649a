import Maintenance
import Testing

extension GatewayTests {
    /// Simulated devices, sound and broken.
    @Suite struct CommunityTests {
        @Test func `read, devices and watch give values`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(2)
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                let reading: PointReading = try await scene.ask("read", "meter-1/voltage.l1")
                let volts = try #require(reading.value.flatMap(Double.init))
                #expect((180...260).contains(volts))
                #expect(reading.unit == "V")
                #expect(reading.isGood)

                try await eventually("both meters answer") {
                    let devices: [DeviceReport] = try await scene.ask("devices")
                    #expect(devices.map(\.id) == ["meter-1", "meter-2"])
                    return devices.allSatisfy { $0.state == .answering && $0.lastAnswer != nil }
                }

                let watch = try await scene.linli([
                    "watch", "meter-2/frequency", "--count", "2", "--json",
                ])
                #expect(watch.exitCode == 0)
                let lines = watch.output.split(separator: "\n")
                #expect(lines.count == 2)
                for line in lines {
                    let reading = try Scene.decode(PointReading.self, String(line))
                    #expect(reading.point == "meter-2/frequency")
                    #expect(reading.value != nil)
                }

                let unknown = try await scene.linli(["read", "meter-1/voltage.l4"])
                #expect(unknown.exitCode == 1)
                #expect(unknown.complaints.contains("voltage.l1"))
            }
        }

        @Test func `Faults on the wire are counted and survived`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(4)
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                try await eventually("all answer") {
                    try await scene.status.devicesAnswering == 4
                }
                try await scene.fault("meter-1", "silent")
                try await scene.fault("meter-2", "corrupt")
                try await scene.fault("meter-3", "foreign-unit")
                try await eventually("the silent device is shown") {
                    let device = try await scene.device("meter-1")
                    return device.state == .silent && device.counters.timeouts > 0
                        && device.lastFault?.contains("no answer") == true
                }
                for (name, fault) in [("meter-2", "checksum"), ("meter-3", "unit")] {
                    try await eventually("\(fault) of \(name) is shown") {
                        let device = try await scene.device(name)
                        return device.state != .answering && device.counters.badFrames > 0
                            && device.lastFault?.contains(fault) == true
                    }
                }
                let counted = try await scene.bus("b").counters.badFrames
                #expect(counted.values.reduce(0, +) > 0, "\(counted)")
                // The neighbour on the same line is read on, and is never given a foreign value.
                let neighbour = try await scene.device("meter-4")
                try await eventually("the neighbour is read on") {
                    let device = try await scene.device("meter-4")
                    #expect(device.state == .answering)
                    return device.counters.answers > neighbour.counters.answers
                }
                for name in ["meter-1", "meter-2", "meter-3"] {
                    try await scene.fault(name, "none")
                }
                try await eventually("all answer again") {
                    try await scene.status.devicesAnswering == 4
                }
            }
        }
    }
}
