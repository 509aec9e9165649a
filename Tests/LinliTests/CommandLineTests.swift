import Foundation
import MaintenanceAPI
import Testing

/// The program itself, as it is started from a shell.
@Suite(.timeLimit(.minutes(15))) struct CommandLineTests {
    @Test func aMissingDaemonIsSaidWithWhatToDo() async throws {
        let end = try await Self.linli(["status", "--socket", "/tmp/linli-nowhere/linlid.sock"])
        #expect(end.status == 69)
        #expect(end.output.isEmpty)
        #expect(
            end.error == """
                linli: linlid is not running: there is no socket /tmp/linli-nowhere/linlid.sock
                       start it with `systemctl start linlid`, or name its socket with --socket

                """)
    }

    @Test func theStatusSaysByItsExitCodeThatThereIsSomethingToLookAfter() async throws {
        try await ServedGateway.with { served in
            let fault = StatusFault(.fault, "buses.b", "the bus b is not connected")
            let danger = StatusFault(
                .danger, "doors.d", "the door d was forced", advice: "go there")
            for (faults, code) in [([], 0), ([fault], 1), ([danger, fault], 2)] {
                await served.gateway.useFaults(faults)
                for arguments in [["status"], ["status", "--json"]] {
                    let end = try await Self.linli(arguments, socket: served.socketPath)
                    #expect(end.status == Int32(code))
                    #expect(end.error.isEmpty)
                }
            }
            let page = try await Self.linli(["status"], socket: served.socketPath)
            let lines = """
                danger        the door d was forced
                              go there
                fault         the bus b is not connected
                """
            #expect(page.output.contains(lines))
        }
    }

    @Test(arguments: [
        ["nonsense"], ["history"], ["history", "a/b", "--last", "-1h"],
        ["history", "a/b", "--from", "2026-02-30"],
        ["history", "a/b", "--last", "1h", "--from", "08:00"],
        ["watch", "--count", "0"],
        ["modbus", "read", "--bus", "b", "--unit", "x", "--address", "0"],
    ])
    func aSenselessCommandLineEndsWith64(arguments: [String]) async throws {
        let end = try await Self.linli(arguments)
        #expect(end.status == 64)
        #expect(end.error.contains("Usage: linli"))
    }

    @Test(arguments: [
        (["statsu"], "there is no command \"linli statsu\"", "did you mean status?"),
        (["modbus", "raed"], "\"linli modbus raed\"", "did you mean read?"),
        (["xyzzy"], "\"linli xyzzy\"", "there are: status, buses"),
    ])
    func aMisspeltCommandIsToldTheNearest(
        arguments: [String], words: String, hint: String
    )
        async throws
    {
        let end = try await Self.linli(arguments)
        #expect(end.status == 64)
        #expect(end.error.contains(words) && end.error.contains(hint), "\(end.error)")
        #expect(end.error.ranges(of: "modbus,").count <= 1, "each command once")
    }

    @Test func aFailureIsJSONForAProgram() async throws {
        let end = try await Self.linli(["status", "--json", "--socket", "/tmp/nowhere.sock"])
        #expect(end.status == 69)
        #expect(end.error.hasPrefix("{\"error\":\"linlid is not running"), "\(end.error)")
        #expect(end.error.contains("\"exitCode\":69"))
    }

    @Test(arguments: [
        ["statsu", "--json"], ["read", "--json"], ["modbus", "read", "--json", "--unit", "x"],
        ["doors", "release", "--json"], ["check", "--json"], ["watch", "--json", "--count", "0"],
        ["modbus", "--json", "raed"],
    ])
    func aSenselessCommandLineIsJSONForAProgram(arguments: [String]) async throws {
        let end = try await Self.linli(arguments)
        #expect(end.status == 64)
        #expect(end.output.isEmpty)
        struct Failure: Decodable {
            let error: String
            let exitCode: Int32
        }
        let failure = try JSONDecoder().decode(Failure.self, from: Data(end.error.utf8))
        #expect(failure.exitCode == 64 && !failure.error.isEmpty)
    }

    @Test func profilesAreListedAndShownWithoutADaemon() async throws {
        let list = try await Self.linli(["profile", "list", "sdm"])
        #expect(list.status == 0)
        #expect(list.output.contains("\neastron-sdm120  electricity-meter"))
        #expect(list.output.hasSuffix("\n2 profiles\n"), "\(list.output)")
        let one = try await Self.linli(["profile", "show", "eastron-sdm120"])
        #expect(one.output.contains("2400 baud, parity none"))
        #expect(one.output.contains("voltage.l1"))
        let wrong = try await Self.linli(["profile", "show", "eastron-sdm12"])
        #expect(wrong.status == 1)
        #expect(wrong.error.contains("did you mean eastron-sdm120"))
    }

    @Test func aNegativeNumberIsAValue() async throws {
        try await ServedGateway.with { served in
            let write = [
                "modbus", "write", "-5", "--bus", "riser-1", "--unit", "11", "--address", "0",
                "--yes",
            ]
            let end = try await Self.linli(write, socket: served.socketPath)
            #expect(end.status == 0, "\(end.error)")
            #expect(end.output == "1 value written to holding 0 of unit 11 on riser-1\n")
        }
    }

    @Test func silentDevicesSayWhyAndWhatToDoInWhole() async throws {
        try await ServedGateway.with { served in
            let end = try await Self.linli(["devices", "--silent"], socket: served.socketPath)
            #expect(
                end.output.contains(
                    "no answer within 500 ms; check the unit's address, its wires and power\n"))
            #expect(!end.output.contains("…"))
        }
    }

    @Test func checkPrintsWarningsApartAndMayBeStrict() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "linli-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let site = folder.appending(path: "site.yaml").path
        try "version: 1\nsite: {id: a, name: A, timeZone: UTC}\nbuses: {}\ndevices: {}\n".write(
            toFile: site, atomically: false, encoding: .utf8)
        let lax = try await Self.linli(["check", "--site", site])
        #expect(lax.status == 0)
        #expect(lax.output.hasPrefix("\(site):1:1: warning: there is no destination"))
        #expect(
            lax.output.hasSuffix(
                "\n\(site): sound, with 1 warning: 0 buses, 0 devices, 0 destinations\n"))
        let strict = try await Self.linli(["check", site, "--strict"])
        #expect(strict.status == 1)
        #expect(strict.error == "linli: 1 warning\n       mend it, or check without --strict\n")
        let json = try await Self.linli(["check", site, "--json"])
        #expect(json.status == 0)
        #expect(json.output.contains("\"faults\":[],\"warnings\":[{"))
        let stream = try await Self.linli(["check", "-"])
        #expect(stream.status == 1)
        #expect(stream.output == "standard input:1:1: the document is empty\n")
    }

    @Test func helpTellsTheExitCodes() async throws {
        let end = try await Self.linli(["--help"])
        #expect(end.status == 0)
        for word in ["EXIT CODES", "64", "69", "LINLI_SOCKET", "NO_COLOR"] {
            #expect(end.output.contains(word))
        }
    }

    @Test func theGatewayIsShownAsTextAndAsJSON() async throws {
        try await ServedGateway.with { served in
            let text = try await Self.linli(["devices", "--socket", served.socketPath])
            #expect(text.status == 0)
            #expect(text.output.contains("2 devices: 1 answering, 1 silent\n"))
            #expect(!text.output.contains("\u{1B}"))
            let json = try await Self.linli(
                ["devices", "--json", "--silent"], socket: served.socketPath)
            #expect(json.output.contains("\"bus\":\"机房\","))
            #expect(json.output.hasPrefix("[{\"advice\":\"check the unit's address"))
            #expect(json.output.hasSuffix("}]\n"))
        }
    }

    @Test func aDeviceThatDoesNotAnswerEndsWith1() async throws {
        try await ServedGateway.with { served in
            let end = try await Self.linli(
                ["read", "b1-u102-heat/temperature.supply"], socket: served.socketPath)
            #expect(end.status == 1)
            #expect(end.error == "linli: b1-u102-heat did not answer within 500 ms\n")
        }
    }

    @Test func nothingIsWrittenWithoutAConfirmation() async throws {
        try await ServedGateway.with { served in
            let write = [
                "modbus", "write", "7", "--bus", "riser-1", "--unit", "11", "--address", "0x0",
            ]
            let refused = try await Self.linli(write, socket: served.socketPath)
            #expect(refused.status == 1)
            #expect(refused.error.contains("add --yes"))
            let read = ["read", "b1-u101-elec/voltage.l1"]
            #expect(
                try await Self.linli(read, socket: served.socketPath).output.contains("221.9 V"))
            #expect(try await Self.linli(write + ["--yes"], socket: served.socketPath).status == 0)
            #expect(try await Self.linli(read, socket: served.socketPath).output.contains("0.7 V"))
        }
    }

    @Test func aRefusedReloadShowsEveryFault() async throws {
        try await ServedGateway.with { served in
            await served.gateway.spoilDocument([
                "site.yaml:3:1: buses: one", "site.yaml:9:1: x: two",
            ])
            let end = try await Self.linli(["reload"], socket: served.socketPath)
            #expect(end.status == 1)
            #expect(end.output == "site.yaml:3:1: buses: one\nsite.yaml:9:1: x: two\n")
            #expect(end.error.contains("site.yaml was refused: 2 faults"))
        }
    }

    @Test func checkPrintsEveryFaultWithItsPlace() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "linli-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let site = folder.appending(path: "site.yaml")
        try """
        version: 1
        site: {id: a, name: A, timeZone: UTC}
        buses:
          b: {tcp: "127.0.0.1:502", sped: 1}
        devices:
          d: {profile: no-such-profile, bus: b, unit: 1, every: 1m}
        """.write(to: site, atomically: false, encoding: .utf8)
        let end = try await Self.linli(["check", site.path])
        #expect(end.status == 1)
        let lines = end.output.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("\(site.path):4:") && $0.contains("buses.b.sped") })
        #expect(
            lines.contains { $0.hasPrefix("\(site.path):6:") && $0.contains("devices.d.profile") })
        let missing = try await Self.linli(["profile", "check", "/nowhere/x.yaml"])
        #expect(missing.status == 1)
        #expect(missing.output.contains("/nowhere/x.yaml"))
    }

    private static func linli(
        _ arguments: [String], socket: String? = nil
    ) async throws -> LinliProgram.End {
        try await LinliProgram.run(arguments, socket: socket)
    }
}
