import MaintenanceAPI
import Testing

@testable import linli

@Suite(.timeLimit(.minutes(15))) struct BadRequestTests {
    @Test(
        arguments: [
            ("nothing", [], "nothing answers GET /v1/nothing", ""),
            ("history", [], "\"point\" is missing", ""),
            ("history", [("point", "b1-u101-elec/voltage.l1")], "\"from\" is missing", ""),
            (
                "history", [("point", "b1-u101-elec/voltage.l1"), ("from", "x"), ("to", "1")],
                "\"from\" is no time: x", "milliseconds"
            ),
            (
                "history",
                [
                    ("point", "b1-u101-elec/voltage.l1"), ("from", "9223372036854775807"),
                    ("to", "1"),
                ], "\"from\" is no time", "milliseconds"
            ),
            (
                "history", [("point", "b1-u101-elec/voltage.l1"), ("from", "2"), ("to", "1")],
                "\"from\" is later", "swap"
            ),
            (
                "history", [("point", "b1-u101-elec/voltage.l2"), ("from", "1"), ("to", "2")],
                "nothing is called \"b1-u101-elec/voltage.l2\"",
                "did you mean b1-u101-elec/voltage.l1?"
            ),
            ("watch", [("point", "b1-u101-elc")], "nothing is called", "b1-u101-elec?"),
            (
                "watch", [("point", "历&point=x%00")], "nothing is called \"历&point=x%00\"",
                "linli devices"
            ),
        ] as [(String, [(String, String)], String, String)])
    func areRefusedWithAHint(
        path: String, query: [(String, String)], message: String, hint: String
    ) async throws {
        try await ServedGateway.with { served in
            try await served.ask { client in
                let failure = await #expect(throws: CommandFailure.self) {
                    try await client.follow(path, query: query) { _ in false }
                }
                #expect(failure?.exitCode == 1)
                #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
                #expect(
                    hint.isEmpty || failure?.hint?.contains(hint) == true, "\(failure?.hint ?? "")")
            }
        }
    }

    @Test func aBodyThatIsTooLargeIsRefusedAndTheNextIsServed() async throws {
        try await ServedGateway.with { served in
            try await served.ask { client in
                for size in [65_600, 4_000_000] {
                    let body = ["point": String(repeating: "x", count: size)]
                    let failure = await #expect(throws: CommandFailure.self) {
                        let _: DaemonClient.Answer<PointReading> = try await client.post(
                            "points/read", body)
                    }
                    #expect(failure?.message == "a request has at most 65536 bytes")
                }
                let status: StatusReport = try await client.get("status").value
                #expect(status.site == "jn-lixia-0042")
            }
        }
    }

    @Test func aBodyOfAnotherShapeIsRefused() async throws {
        try await ServedGateway.with { served in
            try await served.ask { client in
                for (body, message) in [
                    (["pint": "x"], "\"point\" is missing"),
                    (["point": "x"], "nothing is called \"x\""),
                ] {
                    let failure = await #expect(throws: CommandFailure.self) {
                        let _: DaemonClient.Answer<PointReading> = try await client.post(
                            "points/read", body)
                    }
                    #expect(failure?.message == message)
                }
                let failure = await #expect(throws: CommandFailure.self) {
                    let _: DaemonClient.Answer<ModbusAnswer> = try await client.post(
                        "modbus/read", ["bus": 1])
                }
                #expect(failure?.message == "\"bus\" has a wrong type")
            }
        }
    }

    @Test func whatTheDeviceDidIsSaid() async throws {
        try await ServedGateway.with { served in
            try await served.ask { client in
                let read = ModbusReadRequest(
                    bus: "riser-1", unit: 11, table: "holding", address: 1, count: 2)
                let failure = await #expect(throws: CommandFailure.self) {
                    let _: DaemonClient.Answer<ModbusAnswer> = try await client.post(
                        "modbus/read", read)
                }
                #expect(
                    failure?.message
                        == "unit 11 on riser-1 answered with exception 2 (illegal data address)")
            }
        }
    }
}
