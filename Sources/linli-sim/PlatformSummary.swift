import Execution
import FoundationEssentials
import Receiving
import Simulation

/// What a platform prints at its end.
struct PlatformSummary: Codable {
    let messages: Int
    let bytes: Int
    let bytesPerReading: Double
    let batches: Int
    let readings: Int
    let missingReadings: Int
    let events: Int
    let gapRecords: Int
    let duplicates: Int
    let doubles: Int
    let outOfOrder: Int
    let refused: Int
    let implausibleTimes: Int
    let missingBatches: Int
    let gaps: [String]
    let latencySeconds: [String: Double]

    init(_ report: PlatformReport) {
        let tally = report.tally
        messages = tally.messages
        bytes = tally.bytes
        bytesPerReading = tally.readings > 0 ? Double(tally.bytes) / Double(tally.readings) : 0
        batches = tally.batches
        readings = tally.readings
        missingReadings = tally.missingReadings
        events = tally.events
        gapRecords = tally.gapRecords
        duplicates = tally.duplicates
        doubles = tally.doubles
        outOfOrder = tally.outOfOrder
        refused = tally.refused
        implausibleTimes = tally.implausibleTimes
        missingBatches = tally.missingBatches
        gaps = report.gaps
        var latency: [String: Double] = [:]
        latency["minimum"] = tally.latency.minimum?.inSeconds
        latency["median"] = tally.latency.quantile(0.5)?.inSeconds
        latency["p95"] = tally.latency.quantile(0.95)?.inSeconds
        latency["maximum"] = tally.latency.maximum?.inSeconds
        latencySeconds = latency
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        // Numbers and text only: nothing in it can fail to encode.
        guard let data = try? encoder.encode(self) else { return "{}\n" }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    var text: String {
        var lines = [
            ("messages", "\(messages)"), ("batches", "\(batches)"), ("readings", "\(readings)"),
            ("  without a value", "\(missingReadings)"), ("events", "\(events)"),
            ("bytes a reading", hundredths(bytesPerReading)),
            ("sent again, same key", "\(duplicates)"), ("under two keys", "\(doubles)"),
            ("missing batches", "\(missingBatches)"), ("gap records", "\(gapRecords)"),
            ("out of order", "\(outOfOrder)"), ("refused", "\(refused)"),
            ("implausible times", "\(implausibleTimes)"),
        ]
        for name in ["minimum", "median", "p95", "maximum"] {
            if let seconds = latencySeconds[name] {
                lines.append(("latency, \(name)", "\(hundredths(seconds)) s"))
            }
        }
        lines += gaps.map { ("gap", $0) }
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + value + "\n"
        }.joined()
    }

    private func hundredths(_ number: Double) -> String {
        let count = Int((number * 100).rounded())
        let rest = count % 100
        return "\(count / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
