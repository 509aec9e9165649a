import Receiving
import Simulation

/// Shows a platform's tally while it runs: in place at a terminal, else a line now and then.
struct TallyPrinter: Sendable {
    /// Whether a terminal shows it, where a line can be written over.
    let isLive: Bool
    let isSilent: Bool

    /// Prints until the task is cancelled.
    func run(_ report: @Sendable () -> PlatformReport) async {
        guard !isSilent else { return }
        var last: PlatformTally?
        while !Task.isCancelled {
            do { try await Task.sleep(for: isLive ? .seconds(1) : .seconds(5)) } catch { break }
            let tally = report().tally
            guard tally != last else { continue }
            last = tally
            // ESC [ K clears the rest of the line. Source: ECMA-48, section 8.3.41.
            say(isLive ? "\r\(tally.line)\u{1B}[K" : tally.line, terminator: isLive ? "" : "\n")
        }
        if isLive, last != nil { say("") }
    }

    /// Prints what happened on standard error.
    static func notice(_ notice: PlatformNotice) {
        switch notice {
        case .connected: complain("connected to the broker")
        case .disconnected(let reason): complain("no connection to the broker: \(reason)")
        case .refused(let topic, let reason):
            complain("a message on \(topic) is refused: \(reason)")
        case .double(let key, let range):
            complain(
                "\(key): a batch of it came before, as \(range.lowerBound)-\(range.upperBound)")
        }
    }
}

extension PlatformTally {
    fileprivate var line: String {
        var parts = [
            "\(messages) messages", "\(batches) batches", "\(readings) readings",
            "\(events) events", "\(duplicates) duplicates", "\(missingBatches) missing",
        ]
        if doubles > 0 { parts.append("\(doubles) DOUBLE") }
        if refused > 0 { parts.append("\(refused) REFUSED") }
        if gapRecords > 0 { parts.append("\(gapRecords) gap records") }
        if let latency = latency.quantile(0.5) { parts.append("latency \(latency.rounded)") }
        return parts.joined(separator: ", ")
    }
}

extension Duration {
    /// For people: `0.4 s`, `12 s`.
    var rounded: String {
        let (seconds, attoseconds) = components
        let tenths = attoseconds / 100_000_000_000_000_000
        return seconds >= 10 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }
}
