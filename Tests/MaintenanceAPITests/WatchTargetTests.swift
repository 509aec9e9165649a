import MaintenanceAPI
import Metering
import Testing

@Suite struct WatchTargetTests {
    @Test(arguments: [
        ("b1", true, true), ("b1/v", true, false), ("b1/w", false, true), ("b2", false, false),
    ])
    func takesInItsPoints(text: String, takesV: Bool, takesW: Bool) throws {
        let target = try #require(WatchTarget(text))
        #expect(target.contains(try #require(PointIdentifier("b1/v"))) == takesV)
        #expect(target.contains(try #require(PointIdentifier("b1/w"))) == takesW)
    }

    @Test(arguments: ["", "/", "a/", "/a", "a/b/c", "A", "a b", "历"])
    func refusesWhatIsNoName(text: String) {
        #expect(WatchTarget(text) == nil)
    }
}
