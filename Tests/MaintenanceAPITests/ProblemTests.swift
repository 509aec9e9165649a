import FoundationEssentials
import MaintenanceAPI
import Testing

@Suite struct ProblemTests {
    @Test func survivesJSONWithItsHint() throws {
        let problem = Problem(.unknownPoint, "nothing is called \"a/b\"", hint: "did you mean a/c?")
        let json = try MaintenanceJSON.encode(problem)
        #expect(
            String(decoding: json, as: UTF8.self) == """
                {"detail":"nothing is called \\"a/b\\"","hint":"did you mean a/c?","status":404,\
                "title":"There is no such point","type":"urn:linli:problem:unknown-point"}
                """)
        #expect(try MaintenanceJSON.decode(Problem.self, from: json) == problem)
    }

    @Test(arguments: Problem.Kind.allCases)
    func hasAStatusOfAnError(kind: Problem.Kind) {
        let problem = Problem(kind, "x")
        #expect((400...599).contains(problem.status))
        #expect(problem.isOf(kind))
        #expect(Problem.Kind.allCases.filter(problem.isOf) == [kind])
    }
}
