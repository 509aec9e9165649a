import DeviceProfiles
import Documents
import Metering
import Modbus

extension DocumentNode {
    /// The points that a list names, in its order; `nil` after reporting faults.
    func selectedPoints(of profile: DeviceProfile) -> [PointProfile]? {
        guard let items = list() else { return nil }
        guard !items.isEmpty else {
            fail("is empty; leave it out to read what the profile polls")
            return nil
        }
        var points: [PointProfile] = []
        var lines: [PointName: Int] = [:]
        var isSound = true
        for item in items {
            guard let point = item.readablePoint(of: profile) else {
                isSound = false
                continue
            }
            if let line = lines[point.name] {
                item.fail("is listed twice, first on line \(line)")
                isSound = false
                continue
            }
            if let other = points.first(where: { $0.overlapsPartly(point) }) {
                item.fail("its registers overlap those of \(other.name) in part")
                isSound = false
            }
            lines[point.name] = item.line
            points.append(point)
        }
        return isSound ? points : nil
    }

    private func readablePoint(of profile: DeviceProfile) -> PointProfile? {
        guard let text = text() else { return nil }
        guard let name = PointName(text), let point = profile.point(named: name) else {
            let known = profile.points.lazy.filter(\.access.isReadable).map(\.name.description)
            fail(
                "\(profile.id) has no point \"\(text.prefix(64))\""
                    + suggestion(for: text, among: known))
            return nil
        }
        guard point.access.isReadable else {
            fail("\(name) can only be written")
            return nil
        }
        return point
    }
}

extension DeviceProfile {
    /// What is read where the site does not say.
    var polledPoints: [PointProfile] { points.filter(\.isPolled) }

    /// Why a device of this profile cannot be on such a bus.
    func refusal(of busLink: BusLink) -> String? {
        guard case .serial = busLink, link.isNetworkOnly else { return nil }
        return "\(id) speaks Modbus TCP only and cannot be on a serial bus"
    }
}

extension LinkDefaults {
    /// Whether the device has a network connection and no serial port that is known of.
    fileprivate var isNetworkOnly: Bool { port != nil && baudRate == nil && parity == nil }
}

extension PointProfile {
    /// Whether two points share some registers, though neither holds all of the other's.
    ///
    /// Bit fields share their register whole; a part only is a mistake in a register map.
    func overlapsPartly(_ other: PointProfile) -> Bool {
        let (mine, theirs) = (range, other.range)
        return mine.table == theirs.table && Int(mine.address) < theirs.end
            && Int(theirs.address) < mine.end && !mine.contains(theirs) && !theirs.contains(mine)
    }
}
