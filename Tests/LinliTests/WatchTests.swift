import MaintenanceAPI
import Testing

@testable import linli

@Suite(.timeLimit(.minutes(15))) struct WatchTests {
    @Test func theGatewayHearsOfAClientThatLeaves() async throws {
        try await ServedGateway.with { served in
            var attendance = served.gateway.attendance.makeAsyncIterator()
            try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask { try await Self.lines(1, of: [], from: served) }
                let joined = await attendance.next(isolation: #isolation)
                #expect(joined == true)
                await served.gateway.record("b1-u101-elec/voltage.l1", "221.9")
                let lines = try await group.next()
                #expect(
                    lines == [
                        """
                        {"isGood":true,"point":"b1-u101-elec/voltage.l1","quality":"good",\
                        "time":1795461442000,"unit":"V","value":"221.9"}
                        """
                    ])
            }
            let remains = await attendance.next(isolation: #isolation)
            #expect(remains == false)
        }
    }

    @Test func theGatewayHearsOfAClientThatLeavesWhileNothingHappens() async throws {
        try await ServedGateway.with { served in
            var attendance = served.gateway.attendance.makeAsyncIterator()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await Self.lines(1, of: [], from: served) }
                let joined = await attendance.next(isolation: #isolation)
                #expect(joined == true)
                group.cancelAll()
            }
            let remains = await attendance.next(isolation: #isolation)
            #expect(remains == false)
        }
    }

    @Test func twoClientsEachSeeWhatTheyAskedFor() async throws {
        try await ServedGateway.with { served in
            var attendance = served.gateway.attendance.makeAsyncIterator()
            try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask { try await Self.lines(2, of: ["b1-u101-elec"], from: served) }
                group.addTask {
                    try await Self.lines(2, of: ["b1-u102-heat/temperature.supply"], from: served)
                }
                let joined = await attendance.next(isolation: #isolation)
                #expect(joined == true)
                let secondJoined = await attendance.next(isolation: #isolation)
                #expect(secondJoined == true)
                await served.gateway.record("b1-u101-elec/voltage.l1", "1")
                await served.gateway.record("b1-u102-heat/temperature.supply", "2")
                await served.gateway.record("b1-u102-heat/temperature.supply", nil)
                await served.gateway.record("b1-u101-elec/voltage.l1", "4")
                var seen: [[String]] = []
                for try await lines in group { seen.append(lines) }
                let values = try seen.map { lines in
                    try lines.map { line in
                        try MaintenanceJSON.decode(PointReading.self, from: .init(line.utf8)).value
                    }
                }
                #expect(Set(values) == [["1", "4"], ["2", nil]])
            }
        }
    }

    @Test func aServerThatStopsEndsTheWatchWithAReason() async throws {
        let failure = await #expect(throws: CommandFailure.self) {
            try await ServedGateway.withWatch()
        }
        #expect(failure?.exitCode == 69)
    }

    private static func lines(
        _ count: Int, of names: [String], from served: ServedGateway
    ) async throws -> [String] {
        var lines: [String] = []
        try await served.ask { client in
            try await client.follow("watch", query: names.map { ("point", $0) }) { line in
                lines.append(line)
                return lines.count < count
            }
        }
        return lines
    }
}
