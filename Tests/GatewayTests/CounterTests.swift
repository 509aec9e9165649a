import Glibc
import MaintenanceAPI
import Testing

extension GatewayTests {
    @Suite struct CounterTests {
        private let point = "meter-1/energy.active.import.total"

        @Test func `A meter exchanged while the gateway was killed is doubted and then believed`()
            async throws
        {
            try await Scene.run { scene in
                try scene.writeMeters(1, reading: "[energy.active.import.total]")
                _ = try await scene.startDevices()
                try await scene.simulate("set", point, "5123.5")
                let first = try await scene.startDaemon()
                try await eventually("the register is stored") {
                    try await scene.goodSamples(of: point).contains { $0.value == "5123.5" }
                }
                first.signal(SIGKILL)
                _ = try await first.exitCode()

                try await scene.simulate("set", point, "0.25")
                let second = try await scene.startDaemon()
                try await eventually("the new register is believed") {
                    let last = try await scene.goodSamples(of: point).last
                    return last?.quality == "good" && last?.value == "0.25"
                }
                let samples = try await scene.goodSamples(of: point)
                let own = samples.drop { $0.value != "0.25" }
                let doubted = own.prefix { $0.quality == "uncertain: the counter went backwards" }
                #expect(doubted.count == 5)
                #expect(own.dropFirst(doubted.count).allSatisfy { $0.quality == "good" })
                let cache: CacheReport = try await scene.ask("cache")
                let events = cache.lanes.first { $0.lane == "event" }
                #expect(events?.readings ?? 0 >= 1)
                #expect(second.complaints.contains("swapped"))
            }
        }
    }
}
