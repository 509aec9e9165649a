import Execution
import Metering

/// A message as JSON that a person can read, `linli-json/2`: names, units and codes once, then
/// tables of which each row is a moment of a device.
///
///     {"format":"linli-json/2", "key":…, "clock":{…},
///      "points":[["voltage.l1","V","1-0:32.7.0*255"],["frequency","Hz"]],
///      "tables":[{"kind":"electricity-meter","columns":[0,1],
///                 "devices":{"m1":[[1795766400000,230.4,50.01],[60000,230.1,[null,256]]]}}]}
package struct LinliJSON: OwnFormat {
    package let address: DestinationAddress
    package let waitsForPlatform: Bool

    package init(_ address: DestinationAddress, waitsForPlatform: Bool) {
        self.address = address
        self.waitsForPlatform = waitsForPlatform
    }

    package static let format = "linli-json/2"

    package static func encode(_ message: Message) -> [UInt8] {
        let batch = message.batch
        var sheet = TableSheet()
        for group in TableGroup.groups(of: batch.series) { sheet.add(group) }
        var members = [
            ("format", JSONText.quoted(format)), ("key", JSONText.quoted(message.key.description)),
            ("clock", clock(batch.clock)),
        ]
        let places = places(of: batch)
        if !places.isEmpty {
            members.append(("places", JSONText.object(places.map { ($0, JSONText.object($1)) })))
        }
        if !batch.series.isEmpty {
            members.append(("points", JSONText.array(sheet.points)))
            members.append(("tables", JSONText.array(sheet.tables.map(\.text))))
        }
        if !batch.events.isEmpty {
            members.append(("events", JSONText.array(batch.events.map(event))))
        }
        return Array(JSONText.object(members).utf8)
    }

    private static func clock(_ clock: BatchClock) -> String {
        JSONText.object([
            ("boot", JSONText.quoted(clock.boot)),
            ("wallMinusMonotonicMilliseconds", "\(clock.wallMinusMonotonicMilliseconds)"),
            ("isSynchronized", "\(clock.isSynchronized)"), ("isCorrected", "\(clock.isCorrected)"),
        ])
    }

    private static func event(_ event: Event) -> String {
        var members = [
            ("time", "\(event.time.milliseconds)"), ("kind", JSONText.quoted(event.kind)),
            ("subject", JSONText.quoted(event.subject)), ("severity", "\(event.severity.rawValue)"),
        ]
        if !event.details.isEmpty { members.append(("details", JSONText.object(event.details))) }
        return JSONText.object(members)
    }

    /// Once for each device, however many series it has.
    private static func places(of batch: Batch) -> [(String, [String: String])] {
        var places: [String: [String: String]] = [:]
        for series in batch.series where !series.point.place.isEmpty {
            places[series.point.identifier.device.description] = series.point.place
        }
        return places.sorted { $0.key < $1.key }
    }
}

/// The series of one device that were read at the same moments.
private struct TableGroup {
    let device: DeviceIdentifier
    let kind: String?
    var series: [Series]

    private struct Moments: Hashable {
        let device: DeviceIdentifier
        let kind: String?
        let times: [Timestamp]
    }

    /// In the order in which they begin.
    static func groups(of series: [Series]) -> [TableGroup] {
        var groups: [TableGroup] = []
        var places: [Moments: Int] = [:]
        for series in series where !series.samples.isEmpty {
            let point = series.point
            let moments = Moments(
                device: point.identifier.device, kind: point.kind, times: series.samples.map(\.time)
            )
            if let place = places[moments] {
                groups[place].series.append(series)
            } else {
                places[moments] = groups.count
                groups.append(
                    TableGroup(device: moments.device, kind: point.kind, series: [series]))
            }
        }
        return groups
    }

    /// One for each moment: its time, the first since 1970 and the others since the one before,
    /// and a cell for each series.
    var rows: String {
        var last: Int64 = 0
        return JSONText.array(
            series[0].samples.indices.map { row in
                let time = series[0].samples[row].time.milliseconds
                defer { last = time }
                return JSONText.array(
                    ["\(time &- last)"] + series.map { Self.cell($0.samples[row]) })
            })
    }

    /// A value; with its quality where that is not good.
    private static func cell(_ sample: Sample) -> String {
        let value = sample.value.map(JSONText.value) ?? "null"
        return sample.quality == .good
            ? value : "[\(value),\(QualityCode.code(of: sample.quality))]"
    }
}

/// What is said once of many devices.
private struct TableSheet {
    struct Table {
        let kind: String?
        let columns: [Int]
        var devices: [(String, String)] = []
        var names: Set<DeviceIdentifier> = []

        var text: String {
            var members = [
                ("columns", JSONText.array(columns.map(String.init))),
                ("devices", JSONText.object(devices)),
            ]
            if let kind { members.insert(("kind", JSONText.quoted(kind)), at: 0) }
            return JSONText.object(members)
        }
    }

    private struct Header: Hashable {
        let kind: String?
        let columns: [Int]
    }

    private(set) var points: [String] = []
    private(set) var tables: [Table] = []
    private var columns: [String: Int] = [:]
    private var places: [Header: Int] = [:]

    mutating func add(_ group: TableGroup) {
        let header = Header(kind: group.kind, columns: group.series.map { column(of: $0.point) })
        let place: Int
        // A device stands in a table but once.
        if let known = places[header], !tables[known].names.contains(group.device) {
            place = known
        } else {
            place = tables.count
            places[header] = place
            tables.append(Table(kind: header.kind, columns: header.columns))
        }
        tables[place].names.insert(group.device)
        tables[place].devices.append((group.device.description, group.rows))
    }

    private mutating func column(of point: PointDescription) -> Int {
        var words = [JSONText.quoted(point.identifier.point.description)]
        if point.unit != nil || point.obis != nil {
            words.append(point.unit.map(JSONText.quoted) ?? "null")
        }
        if let obis = point.obis { words.append(JSONText.quoted(obis)) }
        let text = JSONText.array(words)
        if let known = columns[text] { return known }
        columns[text] = points.count
        points.append(text)
        return points.count - 1
    }
}
