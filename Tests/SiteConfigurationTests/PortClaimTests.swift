import Glibc
import SiteConfiguration
import Testing

/// A serial port belongs to one bus or one code reader.
struct PortClaimTests {
    private let fixture: SiteFixture

    init() throws {
        fixture = try SiteFixture()
    }

    private func faults(bus: String, readers: [String]) -> [String] {
        let banks = readers.enumerated().map { place, reader in
            """
              bank-\(place):
                reader: {serial: \(reader)}
                compartments:
                  A01: {strike: "gpiochip0:\(place * 2)", contact: "gpiochip0:\(place * 2 + 1)", size: small}
            """
        }
        return fixture.faults(
            """
            version: 1
            site: {id: a, name: A, timeZone: UTC}
            buses: {riser: {serial: \(bus), baudRate: 9600, parity: none}}
            devices: {}
            lockers:
            \(banks.joined(separator: "\n"))

            """)
    }

    @Test func aReaderOnThePortOfABusNamesTheBus() {
        let expected = [
            "site.yaml:7:22: lockers.bank-0.reader.serial: /dev/ttyTEST1 is already the bus riser "
                + "(line 3)"
        ]
        #expect(faults(bus: "RS485-1", readers: ["RS485-1"]) == expected)
        #expect(faults(bus: "RS485-1", readers: ["/dev/ttyTEST1"]) == expected)
        #expect(faults(bus: "/dev/ttyTEST1", readers: ["/dev//ttyTEST1"]) == expected)
        #expect(faults(bus: "RS485-1", readers: ["RS485-2"]) == [])
    }

    @Test func twoReadersOnOnePortNameTheFirst() {
        #expect(
            faults(bus: "RS485-1", readers: ["RS485-2", "/dev/ttyTEST2"]) == [
                "site.yaml:11:22: lockers.bank-1.reader.serial: /dev/ttyTEST2 is already used at "
                    + "lockers.bank-0.reader.serial, line 7"
            ])
    }

    @Test func aLinkToThePortIsThePort() throws {
        let link = "\(fixture.folder)/empty-link"
        try #require(symlink("/dev/null", link) == 0)
        #expect(faults(bus: "/dev/null", readers: [link]).count == 1)
        #expect(faults(bus: link, readers: ["/dev/zero"]) == [])
        unlink(link)
    }

    @Test func aChipByItsPathIsTheChip() {
        let faults = fixture.faults(
            """
            version: 1
            site: {id: a, name: A, timeZone: UTC}
            buses: {}
            devices: {}
            doors:
              one: {strike: "gpiochip0:1", contact: "gpiochip0:2"}
              two: {strike: "/dev/gpiochip0:1", contact: "gpiochip0:3"}

            """)
        #expect(faults.count == 1)
        #expect(faults.first?.contains("is already used at doors.one.strike, line 6") == true)
    }
}
