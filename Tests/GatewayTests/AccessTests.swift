import Glibc
import MaintenanceAPI
import struct Simulation.PseudoTerminal
import Testing

extension GatewayTests {
    /// Lockers and doors on relay boards, with leaves that open and close by themselves.
    @Suite struct AccessTests {
        private func write(
            _ scene: Scene, port: UInt16, reader: String? = nil, isFailSafe: Bool = false
        ) throws {
            let inputs = (1...4).map { "input.\($0)" }.joined(separator: ", ")
            try scene.write(
                // A board that has been silent is asked again within 10 s.
                buses: [
                    "b: {tcp: \"127.0.0.1:\(port)\", responseTimeout: 100ms, lateAnswerLimit: 200ms}"
                ],
                devices: [
                    "board: {profile: waveshare-modbus-rtu-relay-8, bus: b, unit: 1, every: 100ms, "
                        + "read: [\(inputs), relay.4]}"
                ],
                mechanisms: [
                    "lockers:",
                    "  east:",
                    "    codes: {misses: 3, lockout: 30s}",
                    reader.map { "    reader: {serial: \($0), baudRate: 9600}" } ?? "",
                    "    compartments:",
                    "      A01: {strike: board/relay.1, contact: board/input.1, size: small}",
                    "      A02: {strike: board/relay.2, contact: board/input.2, size: small}",
                    "      A03: {strike: board/relay.3, contact: board/input.3, size: large}",
                    "doors:",
                    "  entrance: {strike: board/relay.4, contact: board/input.4, releaseFor: 3s, "
                        + "failSafe: \(isFailSafe)}",
                ])
        }

        private func compartment(
            _ name: String, in scene: Scene
        ) async throws -> LockerReport.Compartment {
            let banks: [LockerReport] = try await scene.ask("lockers")
            return try #require(banks.first?.compartments.first { $0.name == name })
        }

        private func start(
            _ scene: Scene, reader: String? = nil, isFailSafe: Bool = false
        ) async throws -> Program {
            try write(scene, port: try Scene.freePort(), reader: reader, isFailSafe: isFailSafe)
            _ = try await scene.startDevices()
            let daemon = try await scene.startDaemon()
            try await eventually("all is closed") {
                let banks: [LockerReport] = try await scene.ask("lockers")
                return banks.first?.compartments.allSatisfy {
                    $0.state == "closed" && $0.isStrikeActive == false
                } ?? false
            }
            return daemon
        }

        @Test func `A parcel goes in with a size and out with its code, once`() async throws {
            try await Scene.run { scene in
                let daemon = try await start(scene)
                let deposit: LockerAnswer = try await scene.ask(
                    "lockers", "deposit", "east", "--size", "large")
                #expect(deposit.compartment == "A03")
                let code = try #require(deposit.code)
                #expect(code.count == 6)
                try await eventually("A03 has been opened and closed again") {
                    let one = try await compartment("A03", in: scene)
                    return one.parcelSince != nil && one.state == "closed"
                        && one.isStrikeActive == false
                }
                // The code is nowhere in the state folder, and outlasts a restart.
                for name in try File.names(in: scene.state) {
                    #expect(!File.text(of: "\(scene.state)/\(name)").contains(code), "\(name)")
                }
                daemon.signal(SIGKILL)
                _ = try await daemon.exitCode()
                _ = try await scene.startDaemon()
                try await eventually("the parcel is known") {
                    try await compartment("A03", in: scene).parcelSince != nil
                }
                let answer: LockerAnswer = try await scene.ask("lockers", "pickup", "east", code)
                #expect(answer.compartment == "A03")
                try await eventually("A03 opens") {
                    try await compartment("A03", in: scene).isClosed == false
                }
                try await Task.sleep(for: .seconds(1.1))
                let again = try await scene.linli(["lockers", "pickup", "east", code])
                #expect(again.exitCode == 1)
                let audit: AuditReport = try await scene.ask("lockers", "audit")
                #expect(audit.fault == nil)
                #expect(
                    audit.records.map(\.action) == ["deposited", "collected", "refused"])
            }
        }

        @Test func `A code reader opens, and is missed while it is pulled out`() async throws {
            try await Scene.run { scene in
                func faults() async throws -> [String] {
                    let banks: [LockerReport] = try await scene.ask("lockers")
                    return banks.first?.faults ?? []
                }
                let port = scene.folder + "/reader"
                _ = try await start(scene, reader: port)
                try await eventually("it is missed") {
                    try await faults().contains { $0.contains(port) }
                }
                let terminal = try PseudoTerminal(link: port)
                try await eventually("it is there") { try await faults().isEmpty }

                let deposit: LockerAnswer = try await scene.ask(
                    "lockers", "deposit", "east", "--size", "large")
                try await eventually("A03 has the parcel") {
                    let one = try await compartment("A03", in: scene)
                    return one.parcelSince != nil && one.state == "closed"
                        && one.isStrikeActive == false
                }
                try terminal.send(try #require(deposit.code) + "\r\n")
                try await eventually("A03 opens") {
                    try await compartment("A03", in: scene).isClosed == false
                }
                let audit: AuditReport = try await scene.ask("lockers", "audit")
                #expect(audit.records.map(\.action) == ["deposited", "collected"])
            }
        }

        @Test func `A code that opened nothing is good again`() async throws {
            try await Scene.run { scene in
                _ = try await start(scene)
                let deposit: LockerAnswer = try await scene.ask(
                    "lockers", "deposit", "east", "--size", "small")
                let code = try #require(deposit.code)
                try await eventually("A01 has the parcel") {
                    let one = try await compartment("A01", in: scene)
                    return one.parcelSince != nil && one.state == "closed"
                        && one.isStrikeActive == false
                }
                try await scene.simulate("hand", "east/A01", "jam")
                #expect(try await scene.linli(["lockers", "pickup", "east", code]).exitCode == 0)
                #expect(try await compartment("A01", in: scene).parcelSince == nil)
                try await eventually("it did not open, and has the parcel still") {
                    let one = try await compartment("A01", in: scene)
                    return one.parcelSince != nil && one.state == "closed"
                }
                try await scene.simulate("hand", "east/A01", "usual")
                #expect(try await scene.linli(["lockers", "pickup", "east", code]).exitCode == 0)
                try await eventually("A01 opens") {
                    try await compartment("A01", in: scene).isClosed == false
                }
                let audit: AuditReport = try await scene.ask("lockers", "audit")
                #expect(audit.fault == nil)
                #expect(
                    audit.records.map(\.action)
                        == ["deposited", "collected", "notCollected", "collected"])
            }
        }

        @Test func `Wrong codes lock the bank out, also across a restart`() async throws {
            try await Scene.run { scene in
                let daemon = try await start(scene)
                let deposit: LockerAnswer = try await scene.ask(
                    "lockers", "deposit", "east", "--size", "small")
                let code = try #require(deposit.code)
                let wrong = code == "000000" ? "000001" : "000000"
                for _ in 0..<3 {
                    #expect(
                        try await scene.linli(["lockers", "pickup", "east", wrong]).exitCode == 1)
                    try await Task.sleep(for: .seconds(1.1))
                }
                let locked = try await scene.linli(["lockers", "pickup", "east", code])
                #expect(locked.complaints.contains("too many wrong codes"))
                daemon.signal(SIGKILL)
                _ = try await daemon.exitCode()
                _ = try await scene.startDaemon()
                let still = try await scene.linli(["lockers", "pickup", "east", code])
                #expect(still.complaints.contains("too many wrong codes"))
            }
        }

        @Test func `A forced compartment, one that does not open and one left open are told`()
            async throws
        {
            try await Scene.run { scene in
                _ = try await start(scene)
                try await scene.simulate("hand", "east/A01", "force")
                try await eventually("A01 is forced") {
                    try await compartment("A01", in: scene).state == "forced"
                }
                try await scene.simulate("hand", "east/A02", "jam")
                let release = try await scene.linli(["lockers", "release", "east/A02"])
                #expect(release.output == "east/A02 is released\n", "\(release.complaints)")
                try await eventually("A02 is released") {
                    try await compartment("A02", in: scene).state == "released"
                }
                try await eventually("and did not open") {
                    let one = try await compartment("A02", in: scene)
                    return one.state == "closed" && one.isStrikeActive == false
                }
                let unknown = try await scene.linli(["lockers", "release", "east/A09"])
                #expect(unknown.exitCode == 1)
                #expect(unknown.complaints.contains("A01"))
            }
        }

        @Test func `A door is released, opened, closed and secure again`() async throws {
            try await Scene.run { scene in
                _ = try await start(scene)
                func door() async throws -> DoorReport {
                    let doors: [DoorReport] = try await scene.ask("doors")
                    return try #require(doors.first)
                }
                try await eventually("it is secure") { try await door().state == "secure" }
                #expect(try await scene.linli(["doors", "release", "entrance"]).exitCode == 0)
                try await eventually("somebody opens it") { try await door().state == "open" }
                try await eventually("it is secure again") {
                    let door = try await door()
                    return door.state == "secure" && door.isStrikeActive == false
                }
                try await scene.simulate("hand", "entrance", "force")
                try await eventually("it is forced") { try await door().state == "forced" }
                let page = try await scene.linli(["status"])
                #expect(page.exitCode == 2)
                #expect(page.output.contains("danger        the door entrance was forced"))
            }
        }

        @Test func `Doors work where the register of the lockers cannot be had`() async throws {
            try await Scene.run { scene in
                try write(scene, port: try Scene.freePort())
                // The secret of the codes cannot be read.
                mkdir(scene.state, 0o700)
                mkdir(scene.state + "/codes.key", 0o700)
                _ = try await scene.startDevices()
                _ = try await scene.startDaemon()
                try await eventually("the door is secure") {
                    try await scene.door("entrance").state == "secure"
                }
                #expect(try await scene.linli(["doors", "release", "entrance"]).exitCode == 0)
                try await eventually("somebody opens it") {
                    try await scene.door("entrance").state == "open"
                }
                let refused = try await scene.linli(["lockers", "release", "east/A01"])
                #expect(refused.exitCode != 0)
                #expect(refused.complaints.contains("linli status"))
                #expect(try await scene.status.faults.contains { $0.words.contains("lockers") })

                rmdir(scene.state + "/codes.key")
                #expect(try await scene.linli(["reload"]).exitCode == 0)
                try await eventually("the lockers run") {
                    try await scene.linli(["lockers", "release", "east/A01"]).exitCode == 0
                }
            }
        }

        @Test
        func `A strike that was active when the gateway was killed is inactive at once after`()
            async throws
        {
            try await Scene.run { scene in
                let daemon = try await start(scene)
                #expect(try await scene.linli(["lockers", "release", "east/A01"]).exitCode == 0)
                daemon.signal(SIGKILL)
                _ = try await daemon.exitCode()
                _ = try await scene.startDaemon()
                try await eventually("its strike is inactive") {
                    let lines: [LineReport] = try await scene.ask("lines")
                    return lines.filter { $0.name.contains("relay") }
                        .allSatisfy { $0.commanded == false && $0.fault == nil }
                }
                let audit: AuditReport = try await scene.ask("lockers", "audit")
                #expect(audit.records.map(\.action) == ["released"])
            }
        }

        @Test func `A door that power holds is held again after its board was without power`()
            async throws
        {
            try await Scene.run { scene in
                _ = try await start(scene, isFailSafe: true)
                func isHeld() async throws -> Bool? {
                    let answer = try await scene.linli([
                        "modbus", "read", "--bus", "b", "--unit", "1", "--table", "coil",
                        "--address", "3", "--json",
                    ])
                    guard answer.exitCode == 0 else { return nil }
                    return try Scene.decode(ModbusAnswer.self, answer.output).bits?.first
                }
                try await eventually("the strike holds") { try await isHeld() == true }
                try await scene.fault("board", "silent")
                try await eventually("the board is silent") {
                    try await scene.device("board").state == .silent
                }
                try await scene.set("board/relay.4", "0")
                try await scene.fault("board", "none")
                try await eventually("the strike holds again") { try await isHeld() == true }
                // For so short a time that nobody misses it.
                try await scene.set("board/relay.4", "0")
                try await eventually("the strike holds once more") { try await isHeld() == true }
            }
        }

        @Test(.enabled(if: geteuid() == 0, "only root may become somebody else"))
        func `Whatever name a request has, the account that has asked is written down`()
            async throws
        {
            try await Scene.run { scene in
                _ = try await start(scene)
                chmod(scene.folder, 0o755)
                chmod(scene.socket, 0o666)
                let script = """
                    import http.client, json, socket, sys
                    one = http.client.HTTPConnection("linlid")
                    one.sock = socket.socket(socket.AF_UNIX)
                    one.sock.connect(sys.argv[1])
                    one.request("POST", "/v1/lockers/work", json.dumps({
                        "act": "release", "bank": "east", "compartment": "A01", "by": sys.argv[2]}))
                    sys.exit(one.getresponse().status != 200)
                    """
                // The account by its number, the name it gives, and what is written down.
                let wishes = [
                    ("65534", "linli:root", "nobody as linli:root"),
                    ("65534", "root as linli:nobody", "nobody as root as linli:nobody"),
                    ("65534", "linli:nobody", "linli:nobody"), ("0", "linli:wang", "linli:wang"),
                ]
                for (account, claimed, _) in wishes {
                    let client = try scene.start([
                        "/usr/bin/setpriv", "--reuid", account, "--regid", account,
                        "--clear-groups", "/usr/bin/python3", "-c", script, scene.socket, claimed,
                    ])
                    #expect(try await client.exitCode() == 0, "\(client.complaints)")
                }
                let audit: AuditReport = try await scene.ask("lockers", "audit")
                #expect(audit.records.map(\.actor) == wishes.map(\.2))
            }
        }
    }
}
