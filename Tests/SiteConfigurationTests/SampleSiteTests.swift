import DeviceProfiles
import Documents
import Glibc
import SiteConfiguration
import Testing

/// What is shipped to begin with: the sites of `deploy/samples` and the boards they name.
@Suite struct SampleSiteTests {
    private static let repository =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static func names(in folder: String) throws -> [String] {
        let stream = try #require(opendir("\(repository)/\(folder)"))
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml") { names.append(name) }
        }
        return names.sorted()
    }

    @Test(arguments: try names(in: "deploy/samples"))
    func theSampleIsSoundOnEveryBoard(_ sample: String) throws {
        let profiles = try ProfileLibrary.shipped()
        for name in try Self.names(in: "board") {
            let board = try BoardDocument.load("\(Self.repository)/board/\(name)")
            let site = try SiteDocument.load(
                "\(Self.repository)/deploy/samples/\(sample)", board: board, profiles: profiles)
            #expect(!site.alarms.isEmpty, "\(sample) on \(name)")
            #expect(!site.destinations.isEmpty, "\(sample) on \(name)")
        }
    }

    /// What moved from one board to another is wired anew, not written anew.
    @Test func allBoardsNameTheSameLines() throws {
        let boards = try Self.names(in: "board").map {
            try BoardDocument.load("\(Self.repository)/board/\($0)")
        }
        let common = Set(
            ["LOCK1", "LOCK2", "LOCK3", "LOCK8", "RELAY2", "FAN1", "VALVE1"]
                + ["DOOR1", "DOOR2", "DOOR3", "DOOR8", "BUTTON8", "PIR1", "VALVE1-SHUT", "GAS1"])
        for board in boards {
            #expect(common.isSubset(of: board.lines.keys), "\(board.name)")
            #expect(Set(board.serial.keys).isSuperset(of: ["RS485-1", "RS485-2", "RS485-3"]))
        }
    }
}
