import MaintenanceAPI
import Testing

extension GatewayTests {
    /// Strikes, parcels and doors while somebody writes by hand, changes the document, or a board is
    /// dead.
    @Suite struct AccessChangeTests {
        private func write(
            _ scene: Scene, port: UInt16, compartments: [String] = ["A01", "A02", "A03"]
        ) throws {
            let inputs = (1...5).map { "input.\($0)" }.joined(separator: ", ")
            try scene.write(
                buses: [
                    "b: {tcp: \"127.0.0.1:\(port)\", responseTimeout: 100ms, lateAnswerLimit: 200ms}"
                ],
                devices: [
                    "board: {profile: waveshare-modbus-rtu-relay-8, bus: b, unit: 1, every: 100ms, "
                        + "read: [\(inputs), relay.1]}"
                ],
                mechanisms: [
                    "lockers:", "  east:", "    openWithin: 2m", "    compartments:",
                ]
                    + compartments.enumerated().map { place, name in
                        "      \(name): {strike: board/relay.\(place + 1), "
                            + "contact: board/input.\(place + 1), size: small}"
                    } + [
                        "doors:",
                        "  entrance: {strike: board/relay.5, contact: board/input.5, releaseFor: 1m}",
                    ])
        }

        private func compartment(
            _ name: String, in scene: Scene
        ) async throws -> LockerReport.Compartment? {
            let banks: [LockerReport] = try await scene.ask("lockers")
            return banks.first?.compartments.first { $0.name == name }
        }

        private func start(_ scene: Scene, port: UInt16) async throws {
            try write(scene, port: port)
            _ = try await scene.startDevices()
            _ = try await scene.startDaemon()
            try await eventually("all is closed") {
                let banks: [LockerReport] = try await scene.ask("lockers")
                return banks.first?.compartments.allSatisfy {
                    $0.state == "closed" && $0.isStrikeActive == false
                } ?? false
            }
        }

        private func writeCoil(
            _ value: String, at address: Int, unit: Int = 1, in scene: Scene, _ more: String...
        ) async throws -> Scene.Outcome {
            try await scene.linli(
                [
                    "modbus", "write", value, "--bus", "b", "--unit", "\(unit)", "--table", "coil",
                    "--address", "\(address)", "--yes",
                ] + more)
        }

        private func deeds(_ scene: Scene) async throws -> [AuditReport.Record] {
            let audit: AuditReport = try await scene.ask("lockers", "audit")
            return audit.records
        }

        @Test
        func `A raw write to a strike is refused, and forced it is told, written down and undone`()
            async throws
        {
            try await Scene.run { scene in
                try await start(scene, port: try Scene.freePort())
                for unit in [1, 0, 255] {
                    let refused = try await writeCoil("1", at: 0, unit: unit, in: scene)
                    #expect(refused.exitCode == 1)
                    #expect(
                        refused.complaints.contains("lockers.east.compartments.A01.strike"),
                        "\(refused.complaints)")
                    #expect(refused.complaints.contains("linli lockers release east/A01"))
                }
                // All relays of the board at once: its profile does not know that address.
                #expect(try await writeCoil("1", at: 255, in: scene).exitCode == 1)
                #expect(try await deeds(scene).isEmpty)
                // What nothing claims is free, and names who has written.
                #expect(try await writeCoil("1", at: 6, in: scene).exitCode == 0)
                let forced = try await writeCoil("1", at: 0, in: scene, "--force")
                #expect(forced.exitCode == 0, "\(forced.complaints)")
                try await eventually("the strike is inactive again") {
                    let lines: [LineReport] = try await scene.ask("lines")
                    let line = lines.first { $0.name == "board/relay.1" }
                    return line?.sensed == false && line?.commanded == false
                }
                let records = try await deeds(scene)
                #expect(records.map(\.action) == ["wrote", "forced"])
                #expect(records.allSatisfy { $0.actor.hasPrefix("linli:") })
                #expect(records.last?.details.contains("A01.strike") == true)
            }
        }

        @Test func `A parcel is taken back or cleared, and keeps its compartment in the document`()
            async throws
        {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try await start(scene, port: port)
                let deposit: LockerAnswer = try await scene.ask(
                    "lockers", "deposit", "east", "--size", "small")
                #expect(deposit.compartment == "A01")
                #expect(deposit.timeZone == "Asia/Shanghai")
                let code = try #require(deposit.code)

                try write(scene, port: port, compartments: ["B01", "A02", "A03"])
                let refused = try await scene.linli(["reload"])
                #expect(refused.exitCode != 0)
                #expect(
                    (refused.output + refused.complaints).contains(
                        "A01 is missing and holds a parcel"))
                try write(scene, port: port)

                // Opened by hand, it counts as there, until somebody says that it is not.
                try await eventually("A01 is closed again") {
                    try await compartment("A01", in: scene)?.state == "closed"
                }
                let release = try await scene.linli(["lockers", "release", "east/A01"])
                #expect(
                    release.output.contains("linli lockers clear east/A01"), "\(release.output)")
                #expect(
                    try await scene.status.faults.contains {
                        $0.what.contains("opened by hand in east, with a parcel: A01")
                    })
                #expect(try await scene.linli(["lockers", "clear", "east/A01"]).exitCode == 0)
                #expect(try await compartment("A01", in: scene)?.parcelSince == nil)
                #expect(try await scene.linli(["lockers", "clear", "east/A01"]).exitCode == 1)
                #expect(try await scene.linli(["lockers", "pickup", "east", code]).exitCode == 1)

                try await eventually("A01 is free") {
                    try await compartment("A01", in: scene)?.state == "closed"
                }
                let second: LockerAnswer = try await scene.ask(
                    "lockers", "deposit", "east", "--size", "small")
                try await eventually("it has the parcel") {
                    let one = try await compartment(second.compartment, in: scene)
                    // Without a time service the day of its deposit is not known yet.
                    return one?.state == "closed"
                        && ["waiting", "undated"].contains(one?.parcelState)
                }
                let place = "east/\(second.compartment)"
                #expect(try await scene.linli(["lockers", "take-back", place]).exitCode == 0)
                #expect(try await compartment(second.compartment, in: scene)?.parcelSince == nil)
                #expect(
                    try await deeds(scene).map(\.action).filter { $0 != "refused" } == [
                        "deposited", "released", "cleared", "deposited", "tookBack",
                    ])
            }
        }

        @Test
        func `A reload that changes one compartment leaves the others and the doors as they are`()
            async throws
        {
            try await Scene.run { scene in
                let port = try Scene.freePort()
                try await start(scene, port: port)
                try await scene.simulate("hand", "east/A01", "jam")
                try await scene.simulate("hand", "entrance", "jam")
                #expect(try await scene.linli(["lockers", "release", "east/A01"]).exitCode == 0)
                #expect(try await scene.linli(["doors", "release", "entrance"]).exitCode == 0)
                try write(scene, port: port, compartments: ["A01", "A02", "C03"])
                let report: ReloadReport = try await scene.ask("reload")
                #expect(report.isApplied)
                // Made anew, it would know of no release.
                #expect(try await compartment("A01", in: scene)?.state == "released")
                let doors: [DoorReport] = try await scene.ask("doors")
                #expect(doors.first?.state == "released")
                #expect(doors.first?.isStrikeActive == true)
                try await eventually("C03 is known") {
                    try await compartment("C03", in: scene)?.state == "closed"
                }
            }
        }

        @Test func `A dead strike is told by the status and the words of a release`() async throws {
            try await Scene.run { scene in
                try await start(scene, port: try Scene.freePort())
                try await scene.fault("board", "silent")
                for words in [
                    ["doors", "release", "entrance"], ["lockers", "release", "east/A02"],
                ] {
                    let answer = try await scene.linli(words)
                    #expect(answer.exitCode == 1)
                    #expect(answer.complaints.contains("does not answer"), "\(answer.complaints)")
                    #expect(!answer.output.contains("released"))
                }
                try await eventually("its strikes are not said to be anything") {
                    try await compartment("A02", in: scene)?.isStrikeActive == nil
                }
                try await eventually("nor are its relays said to be sensed") {
                    let lines: [LineReport] = try await scene.ask("lines")
                    let relays = lines.filter { $0.name.contains("relay") }
                    return relays.count == 4 && relays.allSatisfy { $0.sensed == nil }
                }
            }
        }

        @Test func `A board that was silent from the start has no active strikes`() async throws {
            try await Scene.run { scene in
                try write(scene, port: try Scene.freePort())
                _ = try await scene.startDaemon()
                let banks: [LockerReport] = try await scene.ask("lockers")
                #expect(banks.first?.compartments.map(\.isStrikeActive) == [nil, nil, nil])
                #expect(banks.first?.energised == 0)
                let doors: [DoorReport] = try await scene.ask("doors")
                #expect(doors.first?.isStrikeActive == nil)
            }
        }
    }
}
