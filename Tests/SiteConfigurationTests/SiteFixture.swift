import DeviceProfiles
import Documents
import Glibc
import SiteConfiguration

/// A folder with credentials and profiles, and a valid document to change.
final class SiteFixture {
    let folder: String
    let profiles: ProfileLibrary

    init() throws {
        profiles = try Self.library.get()
        folder = Self.makeFolder()
        let files = [
            "city.pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
            "city-ca.pem": "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n",
            "city.key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
            "locked.key": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF\n",
            "heat.password": "secret\n", "empty": "", "blank": "\nx\n",
        ]
        for (name, text) in files { Self.write(text, to: "\(folder)/\(name)") }
    }

    deinit {
        Self.remove(folder)
    }

    /// The shipped profiles and two odd ones, read once: reading them is most of a test's time.
    private static let library: Result<ProfileLibrary, DocumentFaults> = {
        let folder = makeFolder()
        defer { remove(folder) }
        write(oddProfile, to: "\(folder)/odd-map.yaml")
        write(quietProfile, to: "\(folder)/quiet.yaml")
        do throws(DocumentFaults) {
            return .success(try ProfileLibrary.shipped().loading(folder: folder))
        } catch {
            return .failure(error)
        }
    }()

    private static func makeFolder() -> String {
        var template = Array("/tmp/linli-site-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }
        precondition(made, "a test needs a temporary folder")
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    private static func remove(_ folder: String) {
        guard let stream = opendir(folder) else { return }
        while let entry = readdir(stream) {
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    _ = unlink("\(folder)/\(String(cString: name))")
                }
            }
        }
        closedir(stream)
        rmdir(folder)
    }

    static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { preconditionFailure("cannot write \(path)") }
        fputs(text, file)
        fclose(file)
    }

    /// The faults of a document, without the folder's name.
    func faults(_ text: String, board: BoardDocument? = SiteFixture.board) -> [String] {
        do throws(DocumentFaults) {
            _ = try read(text, board: board)
            return []
        } catch {
            return error.faults.map {
                $0.description.replacing("\(folder)/", with: "")
            }
        }
    }

    func read(
        _ text: String, board: BoardDocument? = SiteFixture.board
    ) throws(DocumentFaults) -> SiteDocument {
        try SiteDocument.read(text, file: "\(folder)/site.yaml", board: board, profiles: profiles)
    }

    static let board = BoardDocument(
        name: "Test board",
        serial: [
            "RS485-1": BoardDocument.SerialPort(path: "/dev/ttyTEST1", rs485: .kernel),
            "RS485-2": BoardDocument.SerialPort(path: "/dev/ttyTEST2", rs485: .kernel),
        ])

    /// A register map with a mistake in it, and a point of each access.
    private static let oddProfile = """
        id: odd-map
        kind: water-meter
        vendor: Nobody
        model: Odd
        points:
          - {name: volume.total, table: holding, address: 10, type: uint32, order: ABCD, unit: m3}
          - {name: flow, table: holding, address: 11, type: uint32, order: ABCD, unit: m3/h}
          - {name: flow.low, table: holding, address: 12, type: uint16, unit: m3/h}
          - {name: command.reset, table: coil, address: 1, access: write}
        """

    /// A device that is only looked at on demand.
    private static let quietProfile = """
        id: quiet
        kind: charger
        vendor: Nobody
        model: Quiet
        points:
          - {name: info.serial, table: holding, address: 10, type: uint32, order: ABCD}
        """

    /// A document modelled on the one an installer would like to write.
    static let valid = """
        version: 7
        site:
          id: jn-lixia-0042
          name: 历下花园
          timeZone: Asia/Shanghai
          location: {latitude: 36.6683, longitude: 117.0207}

        buses:
          riser-1:    {serial: RS485-1, baudRate: 9600, parity: even}
          riser-2:    {serial: /dev/ttyUSB0, baudRate: 2400, parity: none, stopBits: 2, rs485: kernel}
          plant-room: {tcp: "192.168.10.20:502", responseTimeout: 2s}
          garage:     {tcp: "[fd00:10::30]:502"}
          tunnel:     {rtuOverTCP: "192.168.10.40:4001", requestGap: 20ms}

        devices:
          b1-u101-elec: {profile: eastron-sdm120,  bus: riser-1, unit: 11, every: 1m, place: {building: 1, room: "101"}}
          b1-u102-elec: {profile: chint-ddsu666,   bus: riser-1, unit: 12, every: 15m}
          b1-heat:      {profile: diehl-sharky-775, bus: riser-2, unit: 1, every: 1h, responseTimeout: 3s}
          substation:   {profile: eastron-sdm630,  bus: plant-room, unit: 1, every: 10s, read: [energy.active.import.total, power.active.total, voltage.l1]}
          stair-relays: {profile: wb-mr6c,         bus: riser-1, unit: 40}
          gas-room:     {profile: honeywell-raeguard3, bus: tunnel, unit: 3, every: 2s}
          charger-1:    {profile: keba-p40,        bus: garage, unit: 255, every: 500ms}

        destinations:
          city:
            mqtt: {url: "mqtts://platform.example:8883", certificate: city.pem, key: city.key, authority: city-ca.pem}
            format: linli
            share: everything
          heat-company:
            mqtt: {url: "mqtt://[fd00::7]", version: 5, user: heat, passwordFile: heat.password, keepAlive: 1m}
            format: linli-json
            share: {kinds: [heat-meter], points: [energy.heat.total, volume.total], every: 1h}
            drain: 5
          board-demo:
            mqtt: {url: "mqtt://10.0.0.9:1883"}
            format: thingsboard
            share: {devices: [substation, charger-1]}

        cache: {size: 1GiB, age: 30d, sealEvery: 5s, sealAfter: 2000}
        """
}
