import Execution
import Modbus

/// What a running simulation reports, as JSON on its control socket.
package struct SimulationStatus: Codable, Hashable, Sendable {
    package var buses: [Bus]
    package var devices: [Device]
    /// How doors, compartments and valves stand, by name.
    package var world: [String: String]

    package struct Bus: Codable, Hashable, Sendable {
        package var name: String
        /// Where a client reaches it: the path of a terminal, or `host:port`.
        package var address: String
        /// Requests, good or bad: frames on a serial line, or what came over TCP.
        package var requests: Int
        /// Only of TCP servers: connections so far.
        package var connections: Int?
        package var unreadable: Int
        package var foreignUnits: Int
        /// Only of serial lines.
        package var silences: Silences?
    }

    package struct Silences: Codable, Hashable, Sendable {
        package var measured: Int
        package var broken: Int
        package var collisions: Int
        package var dropped: Int
        package var required: Double
        package var minimum: Double?
        /// How many silences were at least so many characters long, and shorter than the next.
        package var histogram: [Bucket]
    }

    package struct Bucket: Codable, Hashable, Sendable {
        package var characters: Double
        package var count: Int
    }

    package struct Device: Codable, Hashable, Sendable {
        package var name: String
        package var bus: String
        package var unit: Int
        package var fault: String
        package var requests: Int
        package var answers: Int
        package var exceptions: Int
        package var faults: Int
        package var values: Int
        package var gapsBroken: Int
        /// When something that was set was first read, in nanoseconds of this machine's monotonic
        /// clock: the moment its answer left.
        package var told: Int64?
        /// When a client last wrote to it: the moment the last byte of the request was through.
        package var written: Int64?
    }
}

extension SimulationStatus.Silences {
    /// Durations in milliseconds.
    init(_ report: LineReport, timing: LineTiming) {
        let record = report.silences
        self.init(
            measured: record.count, broken: record.broken, collisions: record.collisions,
            dropped: report.dropped, required: timing.silence.inSeconds * 1_000,
            minimum: record.minimum.map { $0.inSeconds * 1_000 },
            histogram: zip(SilenceRecord.edges, record.histogram).map {
                SimulationStatus.Bucket(characters: $0, count: $1)
            })
    }
}

extension SimulationStatus.Device {
    init(_ device: SimulatedDevice, bus: String) {
        let counters = device.counters
        self.init(
            name: device.name, bus: bus, unit: Int(device.unit.rawValue), fault: device.fault.text,
            requests: counters.requests, answers: counters.answers,
            exceptions: counters.exceptions, faults: counters.faults, values: counters.values,
            gapsBroken: counters.gapsBroken, told: device.moments.told?.nanoseconds,
            written: device.moments.written?.nanoseconds)
    }
}
