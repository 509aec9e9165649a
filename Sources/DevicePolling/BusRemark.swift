import Execution
import Modbus
import ModbusTransport
import SiteConfiguration

/// What a bus has found out about its line that a technician can mend, in words.
enum BusRemark {
    /// All that there is to say of one bus.
    static func all(of statistics: BusStatistics, on devices: [DeviceConfiguration]) -> [String] {
        var remarks: [String] = []
        if statistics.echoes > 0 {
            remarks.append(
                "what is sent is heard again; it is left out, but look at the adapter's echo switch "
                    + "or the bus's `rs485` setting")
        }
        if statistics.copies > 0 {
            remarks.append(
                "answers arrive twice; a repeater or a second client is on the line, and reading "
                    + "is slower for it")
        }
        for (unit, latency) in statistics.latencies.sorted(by: { $0.key < $1.key }) {
            let device = devices.first { $0.unit == unit }
            guard latency > device?.timing.responseTimeout ?? .zero else { continue }
            let name = device.map { "\($0.id)" } ?? "unit \(unit)"
            remarks.append("\(name) answers late" + advice(for: latency))
        }
        return remarks
    }

    /// What to do about a device whose answers take so long.
    static func advice(for latency: Duration) -> String {
        "; it answers after \(latency.milliseconds) ms: raise its responseTimeout to "
            + "\(wantedTimeout(for: latency))ms"
    }

    /// In milliseconds: half as much again, rounded up to what one would write.
    static func wantedTimeout(for latency: Duration) -> Int64 {
        (latency.milliseconds * 3 / 2 + 99) / 100 * 100
    }
}
