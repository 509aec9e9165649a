import Documents
import GPIO
import Metering

extension LightingEntry {
    private static let keys = [
        "from", "to", "days", "calendar", "notCalendar", "photocell", "presence", "hold", "level",
    ]

    init?(_ node: DocumentNode, reader: LightingReader, isDimmed: Bool) {
        guard let fields = node.fields(Self.keys) else { return nil }
        let window = Self.window(fields, hasLocation: reader.hasLocation)
        let days = fields.optional("days").map { Self.days($0) }
        let calendar = fields.optional("calendar").map { reader.calendars.calendar($0) }
        let notCalendar = fields.optional("notCalendar").map { reader.calendars.calendar($0) }
        let photocell = fields.optional("photocell").map {
            LightingPhotocell($0, reader: reader)
        }
        let presence = fields.optional("presence").map { Self.presence($0, lines: reader.lines) }
        let hold =
            fields.optional("hold").map { $0.duration(in: .seconds(1) ... .seconds(12 * 3_600)) }
            ?? Self.standardHold
        let level = fields.optional("level").map { $0.integer(in: 0...100) } ?? 100
        var isSound = true
        if fields.contains("hold"), !fields.contains("presence") {
            fields.entry("hold")?.key.fail("is of use with \"presence\" alone")
            isSound = false
        }
        if let level, level == 0 {
            fields.entry("level")?.value.fail("lights nothing; leave the entry out")
            isSound = false
        } else if fields.contains("level"), !isDimmed {
            fields.entry("level")?.key.fail("is of use with a \"dimmer\" alone")
            isSound = false
        }
        if !Self.keys.dropLast(2).contains(where: fields.contains) {
            node.fail("has no condition, so the circuit would always be lit; write from and to")
            isSound = false
        }
        guard isSound, window != .some(nil), days != .some(nil), calendar != .some(nil),
            notCalendar != .some(nil), photocell != .some(nil), presence != .some(nil),
            let hold, let level
        else { return nil }
        self.init(
            window: window ?? nil, days: days ?? nil, calendar: calendar ?? nil,
            notCalendar: notCalendar ?? nil, photocell: photocell ?? nil,
            presence: (presence ?? nil) ?? [], hold: hold, level: level)
    }

    /// - Returns: `.some(nil)` after reporting faults.
    private static func window(_ fields: DocumentFields, hasLocation: Bool) -> LightingWindow?? {
        switch (fields.optional("from"), fields.optional("to")) {
        case (nil, nil):
            return fields.contains("from") || fields.contains("to") ? .some(nil) : .none
        case (let from?, nil):
            from.fail("needs \"to\", the time at which the window ends")
        case (nil, let to?):
            to.fail("needs \"from\", the time at which the window begins")
        case (let from?, let to?):
            return .some(LightingWindow(from: from, to: to, hasLocation: hasLocation))
        }
        return .some(nil)
    }

    private static func days(_ node: DocumentNode) -> Set<Weekday>? {
        guard let items = node.list() else { return nil }
        guard !items.isEmpty else {
            node.fail("is empty; leave it out for all days")
            return nil
        }
        var days: Set<Weekday> = []
        var isSound = true
        for item in items {
            guard let day = item.choice(of: Weekday.self) else {
                isSound = false
                continue
            }
            if !days.insert(day).inserted {
                item.fail("is listed twice")
                isSound = false
            }
        }
        return isSound ? days : nil
    }

    /// One line, or a list of lines.
    private static func presence(_ node: DocumentNode, lines: LineCatalog) -> [LineReference]? {
        guard case .list(let items) = node.content else {
            return lines.observedInput(node).map { [$0] }
        }
        guard (1...16).contains(items.count) else {
            node.fail(items.isEmpty ? "is empty; name a line" : "names more than 16 lines")
            return nil
        }
        let references = items.compactMap(lines.observedInput)
        return references.count == items.count ? references : nil
    }
}

extension LightingPhotocell {
    /// A dead photocell is noticed after three of its readings were due, and never sooner.
    private static let leastPatience = Duration.seconds(300)

    init?(_ node: DocumentNode, reader: LightingReader) {
        guard let fields = node.fields(["line", "point", "below", "above", "settle"]) else {
            return nil
        }
        let settle =
            fields.optional("settle").map { $0.duration(in: .zero ... .seconds(1_800)) }
            ?? Self.standardSettle
        guard fields.contains("line") != fields.contains("point") else {
            node.fail("has either a \"line\" or a \"point\"")
            return nil
        }
        if fields.contains("line") {
            for key in ["below", "above"] where fields.contains(key) {
                fields.entry(key)?.key.fail("is of use with a \"point\" alone")
            }
            let line = fields.required("line").flatMap { reader.lines.observedInput($0) }
            guard let line, let settle, !fields.contains("below"), !fields.contains("above") else {
                return nil
            }
            self.init(source: .line(line), settle: settle)
            return
        }
        let point = fields.required("point").flatMap { reader.points.numeric($0) }
        let below = fields.required("below")?.decimal()
        let above = fields.required("above")?.decimal()
        if let below, let above, above <= below {
            fields.required("above")?.fail("must be more than below, \(below), found \(above)")
            return nil
        }
        guard let point, let below, let above, let settle else { return nil }
        self.init(
            source: .point(
                point.identifier, below: below, above: above,
                patience: max(Self.leastPatience, point.every * 3)),
            settle: settle)
    }
}
