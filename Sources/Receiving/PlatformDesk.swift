package import Execution
package import Telemetry

/// What a platform decides about each message: store it, only acknowledge it, or refuse it.
///
/// A pure value; the receiver carries its verdicts out.
package struct PlatformDesk: Sendable {
    package private(set) var tally = PlatformTally()
    private let site: String
    private let destination: String
    private var ledgers: [Stream: SequenceLedger] = [:]
    /// The epoch that each lane is in, and how many numbers are missing where one followed another.
    private var present: [Lane: String] = [:]
    private var missingBetween: Int64 = 0

    private struct Stream: Hashable, Sendable {
        var epoch: String
        var lane: Lane
    }

    package enum Verdict: Hashable, Sendable {
        /// New: make it safe, then acknowledge it.
        case store
        /// Already safe: its acknowledgement was lost.
        case acknowledge
        /// Part of it came before under another key. Acknowledged, or it would come for ever.
        case double(with: ClosedRange<Int64>)
        case refuse(Refusal)
    }

    package enum Refusal: String, Hashable, Sendable {
        case foreignSite = "it is of another site"
        case foreignDestination = "it is for another destination"
        case wrongLane = "its topic names another lane than its key"
    }

    package init(site: String, destination: String) {
        self.site = site
        self.destination = destination
    }

    /// Takes in a key that a store already holds, before anything is received.
    package mutating func remember(_ key: IdempotencyKey) {
        let stream = Stream(epoch: key.epoch, lane: key.lane)
        enter(stream, at: key.sequences.lowerBound)
        _ = ledgers[stream, default: SequenceLedger()].insert(key.sequences, part: key.part)
    }

    /// Judges a message.
    ///
    /// - Parameters:
    ///   - lane: The last part of its topic.
    ///   - size: The bytes of its payload.
    package mutating func receive(
        _ message: Message, lane: String, size: Int, at now: Timestamp
    ) -> Verdict {
        if let refusal = refusal(message.key, lane: lane) {
            tally.refused += 1
            return .refuse(refusal)
        }
        let stream = Stream(epoch: message.key.epoch, lane: message.key.lane)
        enter(stream, at: message.key.sequences.lowerBound)
        var ledger = ledgers[stream] ?? SequenceLedger()
        let isLate = ledger.isAhead(of: message.key.sequences)
        let verdict = ledger.insert(
            message.key.sequences, part: message.key.part,
            isEmpty: message.batch.recordCount == 0)
        ledgers[stream] = ledger
        tally.missingBatches = Int(
            ledgers.values.reduce(missingBetween) { $0 + $1.missing })
        switch verdict {
        case .duplicate:
            tally.duplicates += 1
            return .acknowledge
        case .double(let range):
            tally.doubles += 1
            return .double(with: range)
        case .new:
            if isLate { tally.outOfOrder += 1 }
            count(message, size: size, at: now)
            return .store
        }
    }

    /// Numbers go on from one epoch to the next: where they leap, batches are missing. Where they
    /// fall back, the gateway goes on from an older copy of its cache.
    private mutating func enter(_ stream: Stream, at first: Int64) {
        guard ledgers[stream] == nil else { return }
        if let epoch = present[stream.lane],
            let last = ledgers[Stream(epoch: epoch, lane: stream.lane)]?.highest
        {
            missingBetween += max(0, first - last - 1)
        }
        present[stream.lane] = stream.epoch
    }

    /// Takes note of a payload that is no message.
    package mutating func noteUnreadable() {
        tally.refused += 1
    }

    /// What is missing between what arrived, a line for each gap.
    package var gaps: [String] {
        ledgers.sorted { ($0.key.epoch, $0.key.lane) < ($1.key.epoch, $1.key.lane) }
            .flatMap { stream, ledger in
                ledger.gaps(limit: 20).map {
                    "\(stream.epoch)/\(stream.lane.rawValue)/\($0.lowerBound)-\($0.upperBound)"
                }
            }
    }

    private func refusal(_ key: IdempotencyKey, lane: String) -> Refusal? {
        if key.site != site { return .foreignSite }
        if key.destination != destination { return .foreignDestination }
        return key.lane.rawValue == lane ? nil : .wrongLane
    }

    private mutating func count(_ message: Message, size: Int, at now: Timestamp) {
        tally.messages += 1
        tally.bytes += size
        if message.key.part.map({ $0.number == $0.count }) ?? true {
            tally.batches += message.key.sequences.count
        }
        tally.readings += message.batch.readingCount
        tally.events += message.batch.events.count
        tally.gapRecords += message.batch.events.count { $0.kind == "cache.gap" }
        var newest: Timestamp?
        for series in message.batch.series {
            for sample in series.samples {
                if sample.value == nil { tally.missingReadings += 1 }
                if sample.time < Self.earliest || sample.time > now + .seconds(86_400) {
                    tally.implausibleTimes += 1
                }
                newest = max(newest ?? sample.time, sample.time)
            }
        }
        if let newest { tally.latency.record(now - newest) }
    }

    /// 2020-01-01: before this project, so a clock that was never set.
    private static let earliest = Timestamp(milliseconds: 1_577_836_800_000)
}
