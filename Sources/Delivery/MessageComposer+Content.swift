import Execution
package import Telemetry

extension MessageComposer {
    /// What goes out of one stored batch.
    struct Content {
        private let shared: Batch?
        /// A batch that goes out as it is stored, without being read, and its bytes.
        private let stored: (batch: StoredBatch, bytes: [UInt8])?
        let readings: Int
        let records: Int
        /// How many readings and events are left out, since nobody knows when they were made.
        var undated = 0

        init(_ batch: Batch?) {
            shared = batch
            stored = nil
            readings = batch?.readingCount ?? 0
            records = batch?.recordCount ?? 0
        }

        init(asItIs batch: StoredBatch) throws(BatchError) {
            shared = nil
            stored = (batch, try batch.batch.content())
            readings = batch.batch.lane == .reading ? batch.batch.count : 0
            records = batch.batch.count
        }

        var isShared: Bool { records > 0 || undated > 0 }

        /// - Returns: `nil` where it cannot be read.
        func batch() -> Batch? {
            if let shared { return shared }
            // Its bytes were sound enough to be decompressed: hardly ever is it unreadable now.
            return try? stored?.batch.decoded()
        }

        /// The message around the stored bytes; `nil` where they have to be read.
        func message(_ key: IdempotencyKey, _ format: any WireFormat) -> OutgoingMessage? {
            stored.flatMap { format.encode(key, batch: $0.bytes) }
        }
    }

    /// What of a batch is shared; `nil` where the batch is unreadable.
    func content(of stored: StoredBatch, _ filter: inout ShareFilter) -> Content? {
        do throws(BatchError) {
            let clock = stored.batch.clock
            // An alarm is told all the same, without a time where the format can leave it out.
            if settings.needsDates, stored.batch.lane != .alarm, !clock.isKnown {
                let shared = filter.shared(of: try stored.decoded())
                var content = Content(nil)
                content.undated = shared?.recordCount ?? 0
                return content
            }
            if filter.sharesEverything, settings.format.takesStored, !clock.isCorrected {
                return try Content(asItIs: stored)
            }
            return Content(filter.shared(of: try stored.decoded()))
        } catch {
            return nil
        }
    }

    /// What says a whole or a part.
    func messages(
        _ content: Content, _ key: IdempotencyKey, _ limit: Int?
    ) -> [OutgoingMessage] {
        if key.part == nil, let message = content.message(key, settings.format) {
            return [message]
        }
        guard let batch = content.batch() else { return [] }
        return settings.format.encode(
            Message(key: key, batch: batch), limit: limit,
            isDated: !settings.needsDates || batch.clock.isKnown)
    }
}

extension StoredBatch {
    /// The batch with its times corrected, where its boot had not known the date.
    package func decoded() throws(BatchError) -> Batch {
        var decoded = try Batch(decoding: batch.content())
        guard batch.clock.isCorrected else { return decoded }
        let shift = Duration.milliseconds(
            batch.clock.wallMinusMonotonicMilliseconds
                - decoded.clock.wallMinusMonotonicMilliseconds)
        decoded.clock = batch.clock
        for series in decoded.series.indices {
            for sample in decoded.series[series].samples.indices {
                let time = decoded.series[series].samples[sample].time
                decoded.series[series].samples[sample].time = time + shift
            }
        }
        for event in decoded.events.indices {
            decoded.events[event].time = decoded.events[event].time + shift
        }
        return decoded
    }
}
