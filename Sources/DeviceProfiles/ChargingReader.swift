import Documents
import Metering
import Modbus

/// Reads the section `charging` of a profile, against the points it names.
struct ChargingReader {
    /// All points that are named, those with faults of their own too.
    let names: Set<String>
    let points: [PointProfile]

    private static let keys = [
        "state", "free", "connected", "charging", "fault", "car", "current", "amperes", "pause",
        "maximum", "again", "fallback", "prepare",
    ]

    /// - Returns: `nil` after reporting a fault.
    func charging(_ node: DocumentNode) -> ChargingProfile? {
        guard let fields = node.fields(Self.keys) else { return nil }
        let state = fields.optional("state").flatMap { readable($0) }
        let words = words(fields, of: state)
        let car = fields.optional("car").flatMap(car)
        let amperes = fields.optional("amperes").map(amperes) ?? ScaledInteger(1)
        let current = current(fields)
        let pause = fields.required("pause").flatMap(pause)
        if let current, case .noCurrent? = pause, !current.holds(ScaledInteger(0)) {
            fields.optional("pause")?.fail("\(current.name) cannot hold 0 A; name another point")
        }
        let maximum = fields.optional("maximum")?.integer(in: 6...250)
        let again =
            fields.optional("again").map { $0.duration(in: .seconds(2) ... .seconds(600)) }
            ?? ChargingProfile.standardAgain
        let fallback = fields.optional("fallback").map(fallback) ?? ChargingFallback.none
        let preparation = fields.optional("prepare").map(settings) ?? []
        guard let current, let pause, let amperes, let again, let fallback else { return nil }
        return ChargingProfile(
            state: state?.name, words: words, car: car, current: current.name,
            amperesPerUnit: amperes, pause: pause, maximum: maximum.map { Amperes($0) },
            again: again, fallback: fallback, preparation: preparation)
    }

    // MARK: - Points

    private func named(_ node: DocumentNode) -> PointProfile? {
        guard let text = node.text() else { return nil }
        if let point = points.first(where: { $0.name.description == text }) { return point }
        if !names.contains(text) {
            node.fail("there is no point \"\(text)\"" + suggestion(for: text, among: names))
        }
        return nil
    }

    private func readable(_ node: DocumentNode) -> PointProfile? {
        guard let point = named(node) else { return nil }
        guard point.access.isReadable else {
            node.fail("\(point.name) is only written")
            return nil
        }
        return point
    }

    private func writable(_ node: DocumentNode) -> PointProfile? {
        guard let point = named(node) else { return nil }
        guard point.access.isWritable, !point.encoding.type.isText else {
            node.fail("\(point.name) is not a number that can be written")
            return nil
        }
        return point
    }

    private func current(_ fields: DocumentFields) -> PointProfile? {
        if fields.contains("current") { return fields.optional("current").flatMap(writable) }
        let standard = "command.current"
        if let point = points.first(where: { $0.name.description == standard }) { return point }
        if !names.contains(standard) {
            fields.node.fail("names no \"current\", and there is no point \(standard)")
        }
        return nil
    }

    // MARK: - Values

    private func words(_ fields: DocumentFields, of state: PointProfile?) -> [String: CarState] {
        var words: [String: CarState] = [:]
        for meaning in CarState.allCases {
            guard let node = fields.optional(meaning.rawValue) else { continue }
            guard fields.contains("state") else {
                node.fail("is of use with \"state\" alone")
                continue
            }
            for item in node.list() ?? [] {
                guard let word = item.text() else { continue }
                if let state, !state.encoding.type.isText {
                    let known = Set(state.labels.values)
                    guard known.contains(word) else {
                        item.fail(
                            "\(state.name) has no code for \"\(word)\""
                                + suggestion(for: word, among: known))
                        continue
                    }
                }
                if words.updateValue(meaning, forKey: word) != nil {
                    item.fail("\"\(word)\" is given twice")
                }
            }
        }
        if let state, !fields.contains("charging") {
            fields.optional("state")?.fail(
                "needs \"charging\": the words of \(state.name) for a car that draws current")
        }
        return words
    }

    private func car(_ node: DocumentNode) -> CarSign? {
        guard let fields = node.fields(["point", "bit", "above"]) else { return nil }
        let point = fields.required("point").flatMap(readable)
        let bit = fields.optional("bit")?.integer(in: 0...31)
        let above = fields.optional("above")?.decimal()
        guard fields.contains("bit") != fields.contains("above") else {
            node.fail("has either a \"bit\" or a number that it is \"above\" with a car")
            return nil
        }
        guard let point else { return nil }
        if let bit { return CarSign(point: point.name, test: .bit(bit)) }
        return above.map { CarSign(point: point.name, test: .above($0)) }
    }

    private func amperes(_ node: DocumentNode) -> ScaledInteger? {
        guard let amperes = node.decimal() else { return nil }
        guard amperes > ScaledInteger(0) else {
            node.fail("must be more than 0")
            return nil
        }
        return amperes
    }

    private func pause(_ node: DocumentNode) -> ChargingPause? {
        if case .scalar = node.content {
            return node.choice(among: [("current", ChargingPause.noCurrent)])
        }
        guard let fields = node.fields(["point", "pause", "resume"]) else { return nil }
        let point = fields.required("point").flatMap(writable)
        let pause = fields.required("pause").flatMap { value($0, for: point) }
        let resume = fields.required("resume").flatMap { value($0, for: point) }
        if let pause, let resume, pause == resume {
            fields.required("resume")?.fail("is the value that pauses")
        }
        guard let point, let pause, let resume else { return nil }
        return .point(point.name, pause: pause, resume: resume)
    }

    private func value(_ node: DocumentNode, for point: PointProfile?) -> ScaledInteger? {
        guard let value = node.decimal() else { return nil }
        if let point, !point.holds(value) {
            node.fail("\(point.name) cannot hold \(value)")
            return nil
        }
        return value
    }

    private func fallback(_ node: DocumentNode) -> ChargingFallback? {
        if case .scalar("own", _) = node.content { return .own }
        guard let point = writable(node) else { return nil }
        guard point.unit == "A", point.holds(ScaledInteger(0)) else {
            node.fail("\(point.name) must be in A and take 0; else write: own")
            return nil
        }
        return .point(point.name)
    }

    private func settings(_ node: DocumentNode) -> [PointSetting] {
        (node.entries() ?? []).compactMap { entry in
            guard let point = points.first(where: { $0.name.description == entry.name }) else {
                if !names.contains(entry.name) {
                    entry.key.fail(
                        "there is no point \"\(entry.name)\""
                            + suggestion(for: entry.name, among: names))
                }
                return nil
            }
            guard point.access.isWritable else {
                entry.key.fail("\(point.name) is only read")
                return nil
            }
            return value(entry.value, for: point).map { PointSetting(point: point.name, value: $0) }
        }
    }
}

extension PointProfile {
    /// Whether a number can be written to it.
    fileprivate func holds(_ number: ScaledInteger) -> Bool {
        range.table.isBits ? rawBit(for: number) != nil : rawWords(for: number) != nil
    }
}
