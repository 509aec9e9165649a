import Documents
import SiteConfiguration
import Testing

/// The page that documents the site document, held against the code.
@Suite struct SiteDocumentPageTests {
    private static let page =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        + "/Sources/Gateway/Gateway.docc/SiteDocument.md"

    @Test func theExampleIsValid() throws {
        let text = try DocumentFile.text(path: Self.page, maximumBytes: 1 << 20)
        let start = try #require(text.firstRange(of: "```yaml\n"))
        let end = try #require(text[start.upperBound...].firstRange(of: "```"))
        let fixture = try SiteFixture()
        #expect(fixture.faults(String(text[start.upperBound..<end.lowerBound])) == [])
    }

    /// A fault of an unknown key names the known ones, where they are few enough: all of them
    /// must stand on the page.
    @Test(arguments: [
        ("version: 7", "zzzzzzzz: 7\nversion: 7"), ("id: jn", "zzzzzzzz: 7\n  id: jn"),
        ("{latitude:", "{zzzzzzzz: 1, latitude:"),
        ("{serial: RS485-1,", "{zzzzzzzz: 1, serial: RS485-1,"),
        ("{profile: wb", "{zzzzzzzz: 1, profile: wb"),
        ("format: linli\n", "zzzzzzzz: 1\n    format: linli\n"),
        ("{url: \"mqtts", "{zzzzzzzz: 1, url: \"mqtts"), ("{kinds:", "{zzzzzzzz: 1, kinds:"),
        ("cache: {", "cache: {zzzzzzzz: 1, "),
    ])
    func everyKeyIsOnThePage(_ old: String, _ new: String) throws {
        let text = try DocumentFile.text(path: Self.page, maximumBytes: 1 << 20)
        let fixture = try SiteFixture()
        let faults = fixture.faults(
            SiteFixture.valid.replacing(old, with: new, maxReplacements: 1))
        let fault = try #require(faults.count == 1 ? faults.first : nil)
        let known = try #require(fault.firstRange(of: "known are "))
        for key in fault[known.upperBound...].split(separator: ", ") {
            #expect(text.contains("`\(key)`") || text.contains(".\(key)`"), "\(key)")
        }
    }
}
