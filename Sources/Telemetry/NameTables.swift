import Metering

/// Gives each device, and each meaning of a point, a number: by kind and name, so that names
/// differ little from one to the next.
struct NameTables: Sendable {
    struct Device: Hashable, Sendable {
        let name: String
        let kind: String
        /// See ``PlaceLine``.
        let place: String
    }

    /// A point, apart from its device. The kind of the device keeps the values of heat meters
    /// out of the columns of gas meters.
    struct Point: Hashable, Sendable {
        let kind: String
        let name: String
        let unit: String
        let obis: String
    }

    let devices: [Device]
    let points: [Point]
    private let deviceNumbers: [Device: Int32]
    private let pointNumbers: [Point: Int32]

    init(_ descriptions: [PointDescription]) {
        devices = Set(descriptions.map(Device.init)).sorted {
            ($0.kind, $0.name, $0.place) < ($1.kind, $1.name, $1.place)
        }
        points = Set(descriptions.map(Point.init)).sorted {
            ($0.kind, $0.name, $0.unit, $0.obis) < ($1.kind, $1.name, $1.unit, $1.obis)
        }
        deviceNumbers = Dictionary(uniqueKeysWithValues: zip(devices, 0...))
        pointNumbers = Dictionary(uniqueKeysWithValues: zip(points, 0...))
    }

    /// - Precondition: The description is one of those the tables were made from.
    func places(of point: PointDescription) -> (device: Int32, point: Int32) {
        guard let device = deviceNumbers[Device(point)], let meaning = pointNumbers[Point(point)]
        else { preconditionFailure("\(point.identifier) is not in the tables") }
        return (device, meaning)
    }

    /// Some devices as they stand in a batch, in groups of one kind.
    ///
    /// - Parameter numbers: Ascending.
    func groups(of numbers: [Int]) -> [Linli_V1_Devices] {
        var groups: [Linli_V1_Devices] = []
        for device in numbers.map({ devices[$0] }) {
            if groups.last?.kind == device.kind {
                groups[groups.endIndex - 1].names += "\n" + device.name
                groups[groups.endIndex - 1].places += "\n" + device.place
            } else {
                var group = Linli_V1_Devices()
                group.kind = device.kind
                group.names = device.name
                group.places = device.place
                groups.append(group)
            }
        }
        // Where no place is said, not even the ends of lines are.
        for group in groups.indices where groups[group].places.allSatisfy({ $0 == "\n" }) {
            groups[group].places = ""
        }
        return groups
    }

    /// All names, as they stand in a batch.
    var names: BatchNames {
        var batch = Linli_V1_Batch()
        batch.devices = groups(of: Array(devices.indices))
        batch.points = points.indices.map(line).joined(separator: "\n")
        return BatchNames(content: BatchEncoder.bytes(of: batch))
    }

    /// A point as it stands in a batch.
    func line(of number: Int) -> String {
        let point = points[number]
        return "\(point.name)\t\(point.unit)\t\(point.obis)"
    }
}

extension NameTables.Device {
    init(_ point: PointDescription) {
        self.init(
            name: point.identifier.device.description, kind: point.kind ?? "",
            place: PlaceLine.text(point.place))
    }
}

extension NameTables.Point {
    init(_ point: PointDescription) {
        self.init(
            kind: point.kind ?? "", name: point.identifier.point.description,
            unit: point.unit ?? "", obis: point.obis ?? "")
    }
}
