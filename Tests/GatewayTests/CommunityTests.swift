import MaintenanceAPI
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

        /// All at once, each at a meter of its own beside one that is sound.
        @Test func `Faults on the wire are counted, shown and survived`() async throws {
            let faults = [
                WireFault("silent", words: "no answer") { $0.timeouts },
                WireFault("corrupt", words: "checksum") { $0.badFrames },
                WireFault("foreign-unit", words: "another device") { $0.badFrames },
                WireFault("truncated", words: "broke off") { $0.badFrames },
                WireFault("garbage", words: "damaged") { $0.badFrames },
            ]
            try await Scene.run { scene in
                try scene.writeMeters(
                    faults.count + 1, reading: "[voltage.l1]",
                    timing: ", responseTimeout: 100ms, lateAnswerLimit: 100ms")
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                try await eventually("all answer") {
                    try await scene.status.devicesAnswering == faults.count + 1
                }
                for (place, fault) in faults.enumerated() {
                    try await scene.fault("meter-\(place + 1)", fault.name)
                }
                for (place, fault) in faults.enumerated() {
                    var shown: DeviceReport?
                    try await eventually("\(fault.name) is shown") {
                        let device = try await scene.device("meter-\(place + 1)")
                        shown = device
                        return device.state == .silent && fault.count(device.counters) > 0
                    }
                    let lastFault = shown?.lastFault ?? ""
                    #expect(lastFault.contains(fault.words), "\(lastFault)")
                }
                // The neighbour on the same line is read on, and no value is made up.
                let sound = "meter-\(faults.count + 1)"
                let neighbour = try await scene.device(sound)
                try await eventually("the neighbour is read on") {
                    let device = try await scene.device(sound)
                    return device.counters.answers > neighbour.counters.answers + 1
                }
                for place in faults.indices {
                    let samples = try await scene.goodSamples(of: "meter-\(place + 1)/voltage.l1")
                    #expect(
                        samples.allSatisfy { (180...260).contains(Double($0.value ?? "") ?? 0) })
                    try await scene.fault("meter-\(place + 1)", "none")
                }
                try await eventually("all answer again") {
                    try await scene.status.devicesAnswering == faults.count + 1
                }
            }
        }

        /// A fault of `linli-sim`, and how `linli devices` shows it.
        struct WireFault: Sendable {
            let name: String
            let words: String
            let count: @Sendable (DeviceCounts) -> UInt64

            init(
                _ name: String, words: String, count: @escaping @Sendable (DeviceCounts) -> UInt64
            ) {
                (self.name, self.words, self.count) = (name, words, count)
            }
        }
    }
}
