import DeviceProfiles
import Documents
import GPIO
import Metering
import Modbus

/// What lines there are, and who in the document has claimed which.
///
/// A class, as the log of faults is: all sections of one document claim from one catalog, which
/// never leaves the call that reads the document.
final class LineCatalog {
    private let board: BoardDocument?
    private let devices: [String: DeviceConfiguration]
    /// The names of all devices, those with faults of their own too.
    private let deviceNames: Set<String>
    private var claims: [LinePlace: Claim] = [:]
    /// All lines that were claimed, in the order of the document.
    private(set) var lines: [SiteLine] = []
    /// Points that must be read because a line stands for them.
    private(set) var sensedPoints: [PointIdentifier: PointProfile] = [:]

    init(board: BoardDocument?, devices: [DeviceConfiguration], deviceNames: Set<String>) {
        self.board = board
        self.devices = Dictionary(devices.map { ($0.id.description, $0) }) { $1 }
        self.deviceNames = deviceNames
    }

    private struct Claim {
        let reference: LineReference
        let path: String
        let line: Int
        let use: Use
        let isShared: Bool
    }

    /// What two claims must not share: the same line under two names is one.
    private enum LinePlace: Hashable {
        case gpio(chip: String, offset: Int)
        case point(PointIdentifier)
    }

    /// A line that its mechanism alone switches.
    func output(_ node: DocumentNode) -> LineReference? {
        claimed(node, use: .output, isShared: false)
    }

    /// A line that the rules of one section switch together, such as a fan of several alarms.
    func sharedOutput(_ node: DocumentNode) -> LineReference? {
        claimed(node, use: .output, isShared: true)
    }

    /// A line that is the sense of one mechanism alone: a contact, an exit button.
    func input(_ node: DocumentNode) -> LineReference? {
        claimed(node, use: .input, isShared: false)
    }

    /// A line that anybody may look at: presence, a detector's contact.
    func observedInput(_ node: DocumentNode) -> LineReference? {
        claimed(node, use: .input, isShared: true)
    }

    /// Has a point read with its device that something of the site looks at.
    func sense(_ point: PointProfile, of device: DeviceIdentifier) {
        sensedPoints[PointIdentifier(device: device, point: point.name)] = point
    }

    private enum Use { case input, output }

    private func claimed(_ node: DocumentNode, use: Use, isShared: Bool) -> LineReference? {
        guard let (node, isActiveLow) = written(node), let text = node.text(),
            let reference = reference(text, isActiveLow, node, use: use)
        else { return nil }
        let place =
            switch reference.source {
            case .gpio(let settings):
                LinePlace.gpio(chip: settings.device, offset: settings.offset)
            case .point(let device, let point):
                LinePlace.point(PointIdentifier(device: device, point: point.name))
            }
        if case .point(let device, let point) = reference.source, use == .input {
            sensedPoints[PointIdentifier(device: device, point: point.name)] = point
        }
        guard let first = claims[place] else {
            claims[place] = Claim(
                reference: reference, path: node.path, line: node.line, use: use, isShared: isShared
            )
            lines.append(
                SiteLine(reference: reference, use: node.path, isOutput: use == .output))
            return reference
        }
        guard first.isShared, isShared, first.use == use else {
            node.fail("\(text) is already used at \(first.path), line \(first.line)")
            return nil
        }
        guard first.reference.isActiveLow == reference.isActiveLow else {
            node.fail("\(text) is active at another level at \(first.path), line \(first.line)")
            return nil
        }
        // One line has one name, by which all that looks at it is told.
        return first.reference
    }

    /// A line is written by its name, or as `{line: NAME, activeLow: true}`.
    private func written(_ node: DocumentNode) -> (node: DocumentNode, isActiveLow: Bool)? {
        guard case .mapping = node.content else { return (node, false) }
        guard let fields = node.fields(["line", "activeLow"]),
            let line = fields.required("line")
        else { return nil }
        guard let isActiveLow = fields.optional("activeLow").map({ $0.boolean() }) ?? false else {
            return nil
        }
        return (line, isActiveLow)
    }

    private func reference(
        _ text: String, _ isActiveLow: Bool, _ node: DocumentNode, use: Use
    ) -> LineReference? {
        if text.contains("/"), !text.hasPrefix("/") {
            return point(text, node, use: use).map {
                LineReference(name: LineName(text), source: $0, isActiveLow: isActiveLow)
            }
        }
        if isActiveLow {
            node.fail("say activeLow for \(text) in the board's file, where its wiring stands")
        }
        if let settings = board?.lines[text] {
            return LineReference(name: LineName(text), source: .gpio(settings))
        }
        if let settings = LineSettings(chipAndOffset: text) {
            // The board may know the line by a name, and with it how it is wired.
            let known = board?.lines.values.first {
                $0.device == settings.device && $0.offset == settings.offset
            }
            return LineReference(name: LineName(text), source: .gpio(known ?? settings))
        }
        guard let board else {
            node.fail(
                "\(text) is a name of the board's file, and none is given; start with --board")
            return nil
        }
        node.fail(
            "the board \(board.name) has no line \"\(text)\""
                + suggestion(for: text, among: board.lines.keys))
        return nil
    }

    private func point(_ text: String, _ node: DocumentNode, use: Use) -> LineSource? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            node.fail("a line of a device is written device/point")
            return nil
        }
        guard let device = devices[String(parts[0])] else {
            if !deviceNames.contains(String(parts[0])) {
                node.fail(
                    "unknown device \"\(parts[0])\""
                        + suggestion(for: String(parts[0]), among: deviceNames), namedIn: "devices")
            }
            return nil
        }
        let names = device.profile.points.map(\.name.description)
        guard let name = PointName(String(parts[1])), let point = device.profile.point(named: name)
        else {
            node.fail(
                "\(device.profile.id) has no point \"\(parts[1])\""
                    + suggestion(for: String(parts[1]), among: names))
            return nil
        }
        switch use {
        case .output where !point.access.isWritable || !point.canBeSwitched:
            node.fail("\(text) cannot be switched; it is only read")
            return nil
        case .input where !point.access.isReadable:
            node.fail("\(text) cannot be read; it is only written")
            return nil
        default: return .point(device.id, point)
        }
    }
}

extension PointProfile {
    /// Whether both 0 and 1 can be written to it.
    fileprivate var canBeSwitched: Bool {
        let states = [ScaledInteger(0), ScaledInteger(1)]
        if range.table.isBits { return states.allSatisfy { rawBit(for: $0) != nil } }
        // A register that other points share would have to be read first, and might change
        // before it is written.
        return ownBits.allSatisfy { $0 == 0xFFFF } && states.allSatisfy { rawWords(for: $0) != nil }
    }
}

extension LineSettings {
    /// The chip, by its name where its path is given: both are one.
    fileprivate var device: String { chip.hasPrefix("/dev/") ? String(chip.dropFirst(5)) : chip }

    /// Reads `gpiochip0:17` or `/dev/gpiochip0:17`.
    init?(chipAndOffset text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let offset = Int(text[text.index(after: colon)...]),
            (0...1_023).contains(offset), text[..<colon].count > 0
        else { return nil }
        self.init(chip: String(text[..<colon]), offset: offset)
    }
}
