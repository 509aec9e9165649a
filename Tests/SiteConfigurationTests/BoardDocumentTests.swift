import Documents
import GPIO
import SiteConfiguration
import Testing

@Suite struct BoardDocumentTests {
    private static let boards =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/board"

    @Test(arguments: [("raspberry-pi-4", 4), ("rock-3a", 3), ("simulated", 4)])
    func shippedBoardsAreValid(_ name: String, ports: Int) throws {
        let board = try BoardDocument.load("\(Self.boards)/\(name).yaml")
        #expect(board.serial.count == ports)
        #expect(board.serial.keys.contains("RS485-1"))
    }

    /// Offsets count eight for each letter of a bank: GPIO3_B2 is line 10 of gpio3.
    @Test func theRockNamesLinesByBank() throws {
        let board = try BoardDocument.load("\(Self.boards)/rock-3a.yaml")
        #expect(board.serial["RS485-2"]?.path == "/dev/ttyS9")
        let relay = try #require(board.lines["RELAY2"])
        #expect(relay.chip == "gpio3")
        #expect(relay.offset == 10)
        #expect(!relay.isActiveLow)
        let contact = try #require(board.lines["GAS1"])
        #expect(contact.isActiveLow)
        #expect(contact.bias == .pullUp)
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
