import Execution
import Testing

@testable import linli

@Suite struct MomentArgumentTests {
    /// 2026-11-23T19:17:22Z
    private let now = Timestamp(milliseconds: 1_795_461_442_000)

    @Test(arguments: [
        ("2026-11-23", "2026-11-23T00:00:00.000Z"), ("08:30", "2026-11-23T08:30:00.000Z"),
        ("2024-02-29T23:59:58", "2024-02-29T23:59:58.000Z"),
        ("2026-11-23 08:00Z", "2026-11-23T08:00:00.000Z"), ("24:00", "2026-11-24T00:00:00.000Z"),
    ])
    func readsMoments(text: String, expected: String) throws {
        let moment = try #require(MomentArgument(argument: text))
        #expect(moment.moment(in: .utc, now: now).description == expected)
    }

    @Test(arguments: [
        "", "T", "8", "2026-02-30", "2026-13-01", "25:00", "08:60", "08:00:00:00", "x",
    ])
    func refusesNonsense(text: String) {
        #expect(MomentArgument(argument: text) == nil)
    }
}
