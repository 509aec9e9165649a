import MaintenanceAPI
import Testing

extension GatewayTests {
    /// The page of a running gateway.
    @Suite struct StatusTests {
        @Test func `A meter that refuses everything is a fault and does not count as answering`()
            async throws
        {
            try await Scene.run { scene in
                try scene.writeMeters(2)
                _ = try await scene.startDevices()
                try await scene.fault("meter-1", "exception 2")
                _ = try await scene.startDaemon()
                try await eventually("it is told") {
                    try await scene.status.faults.contains {
                        $0.subject == "devices.meter-1"
                            && $0.what.hasPrefix(
                                "meter-1 answers, and refuses everything: exception 2")
                    }
                }
                try await eventually("the other answers") {
                    try await scene.status.devicesAnswering == 1
                }
                #expect(try await scene.linli(["status"]).exitCode == 1)
            }
        }

        @Test func `A device that answers late is told the time to set, and its late answers`()
            async throws
        {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try scene.write(
                    buses: ["b: {tcp: \"127.0.0.1:\(port)\", responseTimeout: 200ms}"],
                    devices: [
                        "late: {profile: wb-mr6c, bus: b, unit: 1, every: 1s}",
                        "sound: {profile: wb-mr6c, bus: b, unit: 2, every: 1s}",
                    ])
                _ = try await scene.startDevices()
                try await scene.fault("late", "late 700ms..800ms")
                _ = try await scene.startDaemon()
                try await eventually("its late answers are counted") {
                    let text = try await scene.linli(["devices", "late"]).output
                    return text.contains(/set responseTimeout: [0-9]+ms for late/)
                        && text.contains(/[1-9][0-9]* late answers?/)
                }
                let other = try await scene.linli(["devices", "sound"]).output
                #expect(other.contains("0 late answers"), "\(other)")
            }
        }

        @Test func `Lines without their chip are one fault, and a silent board is another`()
            async throws
        {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try scene.write(
                    buses: ["b: {rtuOverTCP: \"127.0.0.1:\(port)\"}"],
                    devices: ["board: {profile: wb-mr6c, bus: b, unit: 1, every: 1s}"],
                    mechanisms: [
                        "doors:",
                        "  one: {strike: \"nochip:1\", contact: \"nochip:2\"}",
                        "  two: {strike: board/relay.1, contact: board/input.1}",
                    ])
                _ = try await scene.startDevices()
                try await scene.fault("board", "silent")
                _ = try await scene.startDaemon()
                try await eventually("both are told") {
                    let faults = try await scene.status.faults
                    return faults.contains { $0.what.hasPrefix("2 lines of nochip are not") }
                        && faults.contains { $0.what.hasPrefix("board is silent, and doors.two") }
                }
                let subjects = try await scene.status.faults.map(\.subject)
                #expect(subjects.filter { $0.hasPrefix("lines.") } == ["lines.nochip"])
            }
        }
    }
}
