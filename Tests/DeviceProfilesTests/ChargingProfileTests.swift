import DeviceProfiles
import Documents
import Metering
import Testing

struct ChargingProfileTests {
    private static let text = """
        id: acme-charger
        kind: charger
        vendor: Acme
        model: Charger
        points:
          - {name: status.charging, table: input, address: 0, type: uint16, enum: {0: idle, 1: car, 2: busy, 3: locked}}
          - {name: status.plug, table: input, address: 1, type: uint16, bits: {0: plugged}}
          - {name: current.l1, table: input, address: 2, type: uint16, unit: A}
          - {name: config.fallback, table: holding, address: 5, type: uint16, unit: A, access: readWrite}
          - {name: command.current, table: holding, address: 6, type: uint16, unit: A, min: 6, access: write}
          - {name: command.enable, table: coil, address: 0, access: write}
        charging:
          state: status.charging
          free: [idle]
          charging: [busy]
          car: {point: status.plug, bit: 0}
          pause: {point: command.enable, pause: 0, resume: 1}
          maximum: 32
          again: 20s
          fallback: config.fallback
          prepare: {config.fallback: 6}

        """

    private func read(_ text: String) throws(DocumentFaults) -> DeviceProfile {
        try ProfileLibrary.read(text: text, file: "acme-charger.yaml")
    }

    @Test func readsWhatIsWritten() throws {
        let charging = try #require(try read(Self.text).charging)
        #expect(charging.words == ["idle": .free, "busy": .charging])
        #expect(charging.maximum == 32)
        #expect(charging.again == .seconds(20))
        #expect(charging.fallback == .point(try #require(PointName("config.fallback"))))
        #expect(charging.current.description == "command.current")
        #expect(charging.preparation.map(\.value) == [ScaledInteger(6)])
    }

    @Test(
        arguments: [
            (0, nil, .free), (1, nil, .connected), (1, false, .free), (3, true, .connected),
            (2, false, .charging), (9, nil, .connected),
        ] as [(Int64, Bool?, CarState)])
    func aStateIsItsWordOrElseThePlug(code: Int64, hasCar: Bool?, expected: CarState) throws {
        let profile = try read(Self.text)
        let charging = try #require(profile.charging)
        let point = try #require(charging.state.flatMap { profile.point(named: $0) })
        #expect(
            charging.carState(.number(ScaledInteger(code)), of: point, hasCar: hasCar)
                == expected)
    }

    /// Every shipped charger can be in a group.
    @Test func theShippedChargersCanBeTold() throws {
        let library = try ProfileLibrary.shipped()
        let chargers = try library.identifiers.compactMap { try library.profile($0) }
            .filter { $0.kind == .charger }
        #expect(chargers.count == 7)
        for charger in chargers { #expect(charger.charging != nil, "\(charger.id)") }
    }

    @Test(
        arguments: [
            ("kind: charger", "kind: bin-sensor", "charging", "kind: charger alone"),
            ("state: status.charging", "state: status.charing", "charging.state", "did you mean"),
            ("state: status.charging", "state: command.current", "charging.state", "only written"),
            ("charging: [busy]", "", "charging.state", "needs \"charging\""),
            ("free: [idle]", "free: [empty]", "charging.free[0]", "no code for \"empty\""),
            ("free: [idle]", "free: [busy]", "charging.charging[0]", "given twice"),
            ("bit: 0}", "}", "charging.car", "either a \"bit\""),
            ("pause: 0,", "pause: 7,", "charging.pause.pause", "cannot hold 7"),
            ("resume: 1", "resume: 0", "charging.pause.resume", "the value that pauses"),
            (
                "pause: {point: command.enable, pause: 0, resume: 1}", "pause: current",
                "charging.pause", "cannot hold 0 A"
            ),
            (
                "  pause: {point: command.enable, pause: 0, resume: 1}\n", "", "charging",
                "\"pause\" is missing"
            ),
            ("maximum: 32", "maximum: 5", "charging.maximum", "6...250"),
            ("again: 20s", "again: 1s", "charging.again", "2s...10m"),
            ("fallback: config.fallback", "fallback: command.enable", "charging.fallback", "in A"),
            ("fallback: config.fallback", "fallback: none", "charging.fallback", "no point"),
            ("config.fallback: 6}", "current.l1: 6}", "charging.prepare.current.l1", "only read"),
            ("maximum: 32", "maximal: 32", "charging.maximal", "did you mean \"maximum\""),
            ("maximum: 32", "current: current.l1", "charging.current", "can be written"),
            ("maximum: 32", "amperes: 0", "charging.amperes", "more than 0"),
        ])
    func aWrongOneIsRefusedWhereItIs(old: String, new: String, path: String, reason: String) {
        #expect(Self.text.contains(old))
        do throws(DocumentFaults) {
            _ = try read(Self.text.replacing(old, with: new, maxReplacements: 1))
            Issue.record("was taken")
        } catch {
            #expect(error.faults.count == 1, "\(error.faults)")
            #expect(error.faults.first?.path == path)
            #expect(error.faults.first?.reason.contains(reason) == true, "\(error.faults)")
        }
    }
}
