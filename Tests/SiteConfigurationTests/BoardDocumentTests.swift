import Documents
import SiteConfiguration
import Testing

@Suite struct BoardDocumentTests {
    private static let boards =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/board"

    @Test(arguments: ["raspberry-pi-4", "simulated"])
    func shippedBoardsAreValid(_ name: String) throws {
        let board = try BoardDocument.load("\(Self.boards)/\(name).yaml")
        #expect(board.serial.count == 4)
        #expect(board.serial.keys.contains("RS485-1"))
    }

    @Test func theRaspberryPiSwitchesDirectionByTheKernel() throws {
        let board = try BoardDocument.load("\(Self.boards)/raspberry-pi-4.yaml")
        #expect(board.serial.values.allSatisfy { $0.rs485 == .kernel })
        #expect(board.serial["RS485-1"]?.path == "/dev/ttyAMA2")
    }

    @Test func reportsFaults() throws {
        let fixture = try SiteFixture()
        let path = "\(fixture.folder)/board.yaml"
        SiteFixture.write(
            """
            name: Test
            serial:
              A: {path: ttyS1, rs485: kernel}
              B: {path: /dev/ttyS2, rs485: maybe}
              C: {path: /dev/ttyS3}
              D: {path: /dev/ttyS4, rs485: kernel}
              E: {path: /dev/./ttyS4, rs485: automatic}
            leds: {}
            """, to: path)
        let error = #expect(throws: DocumentFaults.self) { try BoardDocument.load(path) }
        #expect(
            error?.faults.map { "\($0.line) \($0.path): \($0.reason)" } == [
                "3 serial.A.path: must be the full path of a device, such as /dev/ttyUSB0",
                "4 serial.B.rs485: unknown word \"maybe\"; known are automatic, kernel",
                "5 serial.C: \"rs485\" is missing",
                "7 serial.E: \"D\" has the same path",
                "8 leds: unknown key; known are lines, name, serial",
            ])
    }

    @Test func aSiteNeedsNoBoardWhereItNamesPaths() throws {
        let fixture = try SiteFixture()
        #expect(
            fixture.faults(SiteFixture.valid, board: nil) == [
                "site.yaml:9:24: buses.riser-1.serial: no board is given, so \"RS485-1\" is "
                    + "unknown; write a path"
            ])
        let text = SiteFixture.valid.replacing("RS485-1", with: "/dev/ttyS0")
        #expect(fixture.faults(text, board: nil) == [])
    }
}
