import DeviceProfiles
import Documents
import MQTT
import Metering
import Modbus
import SiteConfiguration
import Testing

@Suite struct SiteDocumentTests {
    @Test func readsAWholeSite() throws {
        let fixture = try SiteFixture()
        let document = try fixture.read(SiteFixture.valid)
        #expect(document.version == 7)
        #expect(document.site.id == "jn-lixia-0042")
        #expect(document.site.name == "历下花园")
        #expect(document.site.timeZone == "Asia/Shanghai")
        #expect(document.site.location?.latitude == ScaledInteger("36.6683"))
        #expect(
            document.buses.map(\.name) == ["riser-1", "riser-2", "plant-room", "garage", "tunnel"])
        #expect(document.devices.count == 7)
        #expect(document.destinations.map(\.name) == ["city", "heat-company", "board-demo"])
        #expect(
            document.cache
                == CacheConfiguration(
                    maximumBytes: 1 << 30, maximumAge: .seconds(30 * 86_400),
                    sealEvery: .seconds(5), sealAfter: 2_000))
    }

    @Test func readsBuses() throws {
        let document = try SiteFixture().read(SiteFixture.valid)
        let first = try #require(SerialSettings(baudRate: 9_600, parity: .even, stopBits: 1))
        let second = try #require(SerialSettings(baudRate: 2_400, parity: .none, stopBits: 2))
        #expect(
            document.buses.map(\.link) == [
                .serial(path: "/dev/ttyTEST1", first, rs485: true),
                .serial(path: "/dev/ttyUSB0", second, rs485: true),
                .tcp(host: "192.168.10.20", port: 502), .tcp(host: "fd00:10::30", port: 502),
                .rtuOverTCP(host: "192.168.10.40", port: 4_001),
            ])
    }

    @Test func readsDevices() throws {
        let document = try SiteFixture().read(SiteFixture.valid)
        let meter = document.devices[0]
        #expect(meter.id.description == "b1-u101-elec")
        #expect(meter.profile.id == "eastron-sdm120")
        #expect(meter.unit == UnitIdentifier(11))
        #expect(meter.every == .seconds(60))
        #expect(meter.place == ["building": "1", "room": "101"])
        #expect(meter.points == meter.profile.points.filter(\.isPolled))
        #expect(meter.timing.requestGap == .milliseconds(20))
        let names = ["energy.active.import.total", "power.active.total", "voltage.l1"]
        #expect(document.devices[3].points.map(\.name.description) == names)
        #expect(document.devices[4].every == .seconds(60), "a minute where nothing is said")
    }

    @Test func timingComesFromTheDeviceThenTheSlowerOfBusAndProfile() throws {
        let document = try SiteFixture().read(SiteFixture.valid)
        let timeouts = document.devices.map(\.timing.responseTimeout)
        #expect(timeouts[0] == .milliseconds(500))
        #expect(timeouts[2] == .seconds(3))
        #expect(timeouts[3] == .seconds(2))
        #expect(document.devices[5].timing.requestGap == .milliseconds(20))
        #expect(
            document.devices.allSatisfy { $0.timing.lateAnswerLimit >= $0.timing.responseTimeout })
    }

    @Test func readsDestinations() throws {
        let fixture = try SiteFixture()
        let document = try fixture.read(SiteFixture.valid)
        let city = document.destinations[0]
        guard case .mqtt(let cityMQTT) = city.transport,
            case .mqtt(let heatMQTT) = document.destinations[1].transport
        else { return }
        #expect(cityMQTT.broker.host == "platform.example" && cityMQTT.broker.port == 8_883)
        #expect(cityMQTT.broker.tls?.authority.path == "\(fixture.folder)/city-ca.pem")
        #expect(cityMQTT.broker.tls?.identity?.key.path == "\(fixture.folder)/city.key")
        #expect(cityMQTT.broker.clientID == "jn-lixia-0042-city")
        #expect(cityMQTT.broker.version == .v311 && heatMQTT.broker.version == .v5)
        #expect(city.share == .everything && city.acknowledgedBy == .platform)
        #expect(city.topicRoot == "linli/v1" && city.drainPerSecond == 20)
        #expect(heatMQTT.broker.host == "fd00::7" && heatMQTT.broker.port == 1_883)
        #expect(heatMQTT.broker.tls == nil)
        #expect(heatMQTT.broker.login?.user == "heat" && heatMQTT.broker.keepAlive == .seconds(60))
        #expect(
            document.destinations[1].share
                == .selection(
                    ShareSelection(
                        kinds: [.heatMeter],
                        points: [PointName("energy.heat.total")!, PointName("volume.total")!],
                        devices: nil, every: .seconds(3_600))))
        #expect(document.destinations[2].acknowledgedBy == .broker)
    }

    @Test func theShortestSiteIsEnough() throws {
        let text = """
            version: 1
            site: {id: a, name: A, timeZone: UTC}
            buses: {}
            devices: {}
            """
        let document = try SiteFixture().read(text)
        #expect(document.cache == .standard)
        #expect(document.destinations.isEmpty)
    }

    @Test func aReloadSeesWhatChangedAndNothingElse() throws {
        let fixture = try SiteFixture()
        let old = try fixture.read(SiteFixture.valid)
        #expect(try fixture.read(SiteFixture.valid) == old)

        let new = try fixture.read(
            SiteFixture.valid.replacing("unit: 40", with: "unit: 41")
                .replacing("drain: 5", with: "drain: 6"))
        #expect(new.buses == old.buses)
        #expect(zip(new.devices, old.devices).map { $0 == $1 }.count { !$0 } == 1)
        #expect(zip(new.destinations, old.destinations).map { $0 == $1 } == [true, false, true])

        SiteFixture.write(
            "-----BEGIN CERTIFICATE-----\nrenewed\n-----END CERTIFICATE-----\n",
            to: "\(fixture.folder)/city.pem")
        let renewed = try fixture.read(SiteFixture.valid)
        #expect(
            zip(renewed.destinations, old.destinations).map { $0 == $1 } == [false, true, true])
    }

    @Test func loadsFromAFileBesideItsCredentials() throws {
        let fixture = try SiteFixture()
        let path = "\(fixture.folder)/site.yaml"
        SiteFixture.write(SiteFixture.valid, to: path)
        let document = try SiteDocument.load(
            path, board: SiteFixture.board, profiles: fixture.profiles)
        #expect(document == (try fixture.read(SiteFixture.valid)))
        #expect(throws: DocumentFaults.self) {
            try SiteDocument.load("/nowhere/site.yaml", board: nil, profiles: fixture.profiles)
        }
    }
}
