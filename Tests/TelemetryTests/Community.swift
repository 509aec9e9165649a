import Execution
import Metering
import Telemetry

/// A community of meters that read as real ones do: fixed-point values, monotonic counters,
/// noisy instantaneous values, one moment for all points of a meter.
///
/// 120 electricity, 30 heat, 25 gas and 25 water meters with 12 points each.
struct Community {
    let catalog: PointCatalog
    private var values: [Int64]
    private let meters: [(kind: Kind, first: Int)]
    private var random: SeededRandom

    enum Kind: String, CaseIterable {
        case electricity = "electricity-meter"
        case heat = "heat-meter"
        case gas = "gas-meter"
        case water = "water-meter"
    }

    /// A point of a meter, with the name, unit and code it has in the shipped profiles.
    private struct Point {
        let name: String
        let unit: String
        let exponent: Int
        let obis: String?

        init(_ name: String, _ unit: String, _ exponent: Int, _ obis: String? = nil) {
            self.name = name
            self.unit = unit
            self.exponent = exponent
            self.obis = obis
        }
    }

    private static let points: [Kind: [Point]] = [
        .electricity: [
            Point("voltage.l1", "V", -1, "1-0:32.7.0*255"),
            Point("current.l1", "A", -3, "1-0:31.7.0*255"),
            Point("power.active.total", "W", -1, "1-0:16.7.0*255"),
            Point("power.reactive.total", "var", -1),
            Point("power.apparent.total", "VA", -1, "1-0:9.7.0*255"),
            Point("power.factor.total", "", -3, "1-0:13.7.0*255"),
            Point("frequency", "Hz", -2, "1-0:14.7.0*255"),
            Point("energy.active.import.total", "kWh", -2, "1-0:1.8.0*255"),
            Point("energy.active.export.total", "kWh", -2, "1-0:2.8.0*255"),
            Point("energy.reactive.import.total", "kvarh", -2, "1-0:3.8.0*255"),
            Point("energy.reactive.export.total", "kvarh", -2, "1-0:4.8.0*255"),
            Point("temperature", "degC", -1),
        ],
        .heat: [
            Point("energy.heat.total", "", 0, "6-0:1.0.0*255"),
            Point("volume.total", "", -2, "6-0:2.0.0*255"),
            Point("power.heat", "kW", -1, "6-0:8.0.0*255"),
            Point("flow", "m3/h", -3, "6-0:9.0.0*255"),
            Point("temperature.supply", "degC", -2, "6-0:10.0.0*255"),
            Point("temperature.return", "degC", -2, "6-0:11.0.0*255"),
            Point("temperature.difference", "K", -2, "6-0:12.0.0*255"),
            Point("energy.heat.tariff1", "", 0, "6-0:1.0.1*255"),
            Point("status", "", 0), Point("battery.voltage", "V", -2),
            Point("volume.reverse", "m3", -2), Point("signal.quality", "", 0),
        ],
        .gas: [
            Point("volume.working.total", "m3", -2, "7-0:3.0.0*255"),
            Point("volume.standard.total", "Nm3", -2, "7-0:3.2.0*255"),
            Point("flow.working", "m3/h", -3), Point("flow.standard", "Nm3/h", -3),
            Point("temperature.supply", "degC", -2), Point("temperature.return", "degC", -2),
            Point("temperature", "degC", -1), Point("volume.working.day", "m3", -2),
            Point("status", "", 0), Point("battery.voltage", "V", -2),
            Point("volume.reverse", "m3", -2), Point("signal.quality", "", 0),
        ],
        .water: [
            Point("volume.forward", "m3", -2, "8-0:1.0.0*255"),
            Point("volume.p1", "m3", -2, "8-1:1.0.0*255"),
            Point("volume.p2", "m3", -2, "8-2:1.0.0*255"),
            Point("flow", "m3/h", -3, "8-0:2.0.0*255"),
            Point("temperature.supply", "degC", -2), Point("temperature.return", "degC", -2),
            Point("temperature", "degC", -1), Point("volume.net", "", -2),
            Point("status", "", 0), Point("battery.voltage", "V", -2),
            Point("volume.reverse", "m3", -2), Point("signal.quality", "", 0),
        ],
    ]

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var catalog = PointCatalog()
        var values: [Int64] = []
        var meters: [(kind: Kind, first: Int)] = []
        let counts: [(Kind, Int, String)] = [
            (.electricity, 120, "elec"), (.heat, 30, "heat"), (.gas, 25, "gas"),
            (.water, 25, "water"),
        ]
        for (kind, count, word) in counts {
            for number in 0..<count {
                let name = "b\(number / 24 + 1)-u\(number / 4 % 6 + 1)0\(number % 4 + 1)-\(word)"
                meters.append((kind, catalog.count))
                for point in Self.points[kind] ?? [] {
                    let identifier = PointIdentifier("\(name)/\(point.name)")!
                    _ = catalog.insert(
                        PointDescription(
                            identifier: identifier, kind: kind.rawValue,
                            unit: point.unit.isEmpty ? nil : point.unit, obis: point.obis))
                    // Reactive energy is a fraction of the active, what is exported little.
                    let highest: Int64 =
                        point.name.hasPrefix("energy.reactive.export")
                        ? 3_000 : point.name.hasPrefix("energy.reactive") ? 300_000 : 1_500_000
                    values.append(Int64.random(in: 0...highest, using: &random))
                }
            }
        }
        self.catalog = catalog
        self.values = values
        // Four buses with 50 meters each are polled side by side.
        self.meters = (0..<50).flatMap { turn in (0..<4).map { meters[$0 * 50 + turn] } }
    }

    /// The first so many readings of sweeps a minute apart.
    mutating func readings(_ count: Int) -> [Reading] {
        var readings: [Reading] = []
        var minute = Timestamp(milliseconds: 1_795_461_420_000)
        while readings.count < count {
            readings += sweep(at: minute)
            minute = minute + .seconds(60)
        }
        return Array(readings.prefix(count))
    }

    /// One sweep over all meters, 40 ms apart, in the order of the bus.
    mutating func sweep(at start: Timestamp) -> [Reading] {
        var readings: [Reading] = []
        var time = start
        for (kind, first) in meters {
            time = time + .milliseconds(Int64.random(in: 25...60, using: &random))
            // Most homes need 100 to 500 W, a few are cooking: 60 W doubled up to six times.
            let doublings = (0..<3).reduce(0) { sum, _ in
                sum + Int64.random(in: 0...2, using: &random)
            }
            let power = (60 << doublings) + Int64.random(in: 0...59, using: &random) << doublings
            for (offset, point) in (Self.points[kind] ?? []).enumerated() {
                let value = next(point.name, kind: kind, place: first + offset, power: power)
                readings.append(
                    Reading(
                        PointIndex(first + offset), at: time,
                        .number(ScaledInteger(value, exponent: point.exponent))))
            }
        }
        return readings
    }

    private mutating func next(_ point: String, kind: Kind, place: Int, power: Int64) -> Int64 {
        func noise(_ size: Int64) -> Int64 { Int64.random(in: -size...size, using: &random) }
        switch point {
        case "voltage.l1": return 2_300 + noise(30)
        case "current.l1": return power * 1_000 / 230 + noise(5)
        case "power.active.total": return power * 10 + noise(9)
        case "power.reactive.total": return power * 3 + noise(20)
        case "power.apparent.total": return power * 10 + power / 2
        case "power.factor.total": return 950 + noise(49)
        case "frequency": return 5_000 + noise(3)
        case "energy.active.export.total", "volume.reverse", "status": return 0
        case "temperature": return 250 + noise(30)
        case "temperature.supply": return 4_500 + noise(500)
        case "temperature.return": return 3_500 + noise(400)
        case "temperature.difference": return 1_000 + noise(100)
        case "battery.voltage": return 360 + noise(2)
        case "signal.quality": return 80 + noise(10)
        case "flow", "flow.working", "flow.standard", "power.heat":
            return kind == .heat ? 400 + noise(300) : 0
        default:
            values[place] += Int64.random(in: 0...20, using: &random)
            return values[place]
        }
    }
}
