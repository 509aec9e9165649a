import Testing

extension GatewayTests {
    @Suite struct FaultySiteTests {
        /// Where each fault of ``write(in:)`` stands, with a word of its reason.
        static let faults = [
            (line: 4, path: "buses.b.baudrate", word: "baudrate"),
            (line: 6, path: "devices.m1.profile", word: "eastron-sdm121"),
            (line: 7, path: "devices.m2.every", word: "0s"),
            (line: 9, path: "devices.m4.unit", word: "m3"),
            (line: 10, path: "devices.m5.colour", word: "colour"),
            (line: 13, path: "destinations.city.mqtt", word: "missing.pem"),
        ]

        private func write(in scene: Scene) throws {
            let text = """
                version: 1
                site: {id: test-site, name: Test, timeZone: Asia/Shanghai}
                buses:
                  b: {serial: /dev/null, baudrate: 9600}
                devices:
                  m1: {profile: eastron-sdm121, bus: b, unit: 1, every: 1m}
                  m2: {profile: eastron-sdm120, bus: b, unit: 2, every: 0s}
                  m3: {profile: eastron-sdm120, bus: b, unit: 3, every: 1m}
                  m4: {profile: eastron-sdm120, bus: b, unit: 3, every: 1m}
                  m5: {profile: eastron-sdm120, bus: b, unit: 5, every: 1m, colour: red}
                destinations:
                  city:
                    mqtt: {url: "mqtts://127.0.0.1:1", authority: missing.pem}
                    format: linli
                    share: everything

                """
            try File.write(text, to: scene.siteFile)
        }

        private func expectFaults(in text: String, of scene: Scene) {
            let lines = text.split(separator: "\n")
            for fault in Self.faults {
                #expect(
                    lines.contains {
                        $0.contains("\(scene.siteFile):\(fault.line):")
                            && $0.contains(fault.path) && $0.contains(fault.word)
                    }, "no fault of \(fault) in:\n\(text)")
            }
        }

        @Test func `linlid refuses a faulty site with every fault and starts nothing`() async throws
        {
            try await Scene.run { scene in
                try write(in: scene)
                let daemon = try scene.launchDaemon()
                let exitCode = try await daemon.exitCode()
                #expect(exitCode == 78)
                expectFaults(in: daemon.complaints, of: scene)
                #expect(!File.exists(scene.state))
                #expect(!File.exists(scene.socket))
            }
        }

        @Test func `linli check prints every fault`() async throws {
            try await Scene.run { scene in
                try write(in: scene)
                let check = try await scene.linli(["check", scene.siteFile])
                #expect(check.exitCode == 1)
                expectFaults(in: check.output + check.complaints, of: scene)
            }
        }

        @Test func `A sound site passes`() async throws {
            try await Scene.run { scene in
                try scene.writeMeters(1)
                let check = try await scene.linli(["check", scene.siteFile])
                #expect(check.exitCode == 0, "\(check.complaints)")
            }
        }
    }
}
