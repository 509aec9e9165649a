import DeviceProfiles
import Documents
import SiteConfiguration
import Testing

/// One change to the valid document, and the faults it must bring.
struct SiteFaultCase: CustomTestStringConvertible {
    let old: String
    let new: String
    let faults: [String]

    init(_ old: String, _ new: String, _ faults: [String]) {
        self.old = old
        self.new = new
        self.faults = faults
    }

    var testDescription: String { new.isEmpty ? "without \(old)" : new }
}

@Suite struct SiteFaultTests {
    private let fixture: SiteFixture

    init() throws {
        fixture = try SiteFixture()
    }

    @Test func theDocumentThatIsChangedIsValid() {
        #expect(fixture.faults(SiteFixture.valid) == [])
    }

    @Test(arguments: SiteFaultCase.all)
    func reportsTheFault(_ change: SiteFaultCase) {
        #expect(SiteFixture.valid.contains(change.old))
        let text = SiteFixture.valid.replacing(change.old, with: change.new, maxReplacements: 1)
        #expect(fixture.faults(text) == change.faults)
    }

    @Test func allFaultsOfADocumentComeAtOnce() {
        var text = SiteFixture.valid
        for change in [
            ("version: 7", "version: 0"), ("baudRate: 2400", "baudRate: 2401"),
            ("profile: eastron-sdm120", "profile: nothing-of-the-kind"), ("unit: 40", "unit: 12"),
            ("every: 2s", "every: 7h"), ("city.key", "gone.key"), ("size: 1GiB", "size: 1B"),
            ("cache:", "alarms: []\ncache:"), ("format: thingsboard", "format: senml"),
        ] {
            text = text.replacing(change.0, with: change.1, maxReplacements: 1)
        }
        let lines = fixture.faults(text).map { $0.split(separator: ":")[1] }
        #expect(lines == ["1", "10", "16", "20", "21", "26", "36", "39", "40"])
    }

    @Test func aBrokenBusOrDeviceIsNotReportedAgainWhereItIsNamed() {
        let text = SiteFixture.valid
            .replacing("serial: RS485-1", with: "serial: NONE")
            .replacing("unit: 255", with: "unit: 999")
        #expect(fixture.faults(text).count == 2)
    }

    @Test(arguments: [
        "every: 100ms,", "every: 7s,", "every: 1m,", "every: 90s,", "every: 2m,", "every: 24h,",
        "every: 1d,",
    ])
    func acceptsIntervalsThatCanBeAligned(_ every: String) {
        #expect(fixture.faults(SiteFixture.valid.replacing("every: 1m,", with: every)) == [])
    }

    @Test(
        arguments: [
            ("", "site.yaml:1:1: the document is empty"),
            ("\0\u{1}garbage", "site.yaml:1:1: control characters are not allowed"),
            ("just a text", "site.yaml:1:1: expected a mapping, found \"just a text\""),
            ("version: 1\n\tsite: {}", "site.yaml:2:1: tabs cannot indent; use spaces"),
            (
                "version: &v 1\ncache: *v",
                "site.yaml:2:8: aliases are not allowed; write out what *v stands for"
            ),
            ("version: 1\n---\nversion: 2", nil), (String(repeating: "#", count: 5 << 20), nil),
        ] as [(String, String?)])
    func refusesWhatIsNoSite(_ text: String, _ fault: String?) {
        let faults = fixture.faults(text)
        #expect(faults.count == 1)
        if let fault { #expect(faults == [fault]) }
    }

    @Test func boundsTheNumberOfThings() {
        let buses = (0...SiteDocument.busLimit).map { "  b\($0): {tcp: \"10.0.0.1:\($0 + 1)\"}" }
        // Devices of the one bus too many are no faults of their own.
        let devices = (0...SiteDocument.busLimit).map {
            "  d\($0): {profile: wb-mr6c, bus: b\($0), unit: 1}"
        }
        let text = """
            version: 1
            site: {id: a, name: A, timeZone: UTC}
            buses:
            \(buses.joined(separator: "\n"))
            devices:
            \(devices.joined(separator: "\n"))
            lighting:
              stairs: {circuit: d256/relay.1, safeState: off, control: []}
            """
        #expect(
            fixture.faults(text)
                == ["site.yaml:4:3: buses: holds 257; at most 256 are supported"])
    }
}

extension SiteFaultCase {
    static var all: [SiteFaultCase] { document + buses + devices + destinations }
}
