import Execution
package import Telemetry

extension Outbox {
    /// The readings of the newest batches in the cache, the newest batch first. What cannot be
    /// decoded is left out.
    ///
    /// - Parameter limit: The most batches to decode.
    package func newestSeries(batches limit: Int) throws(OutboxError) -> [Series] {
        try guarding { store throws(StoreFault) in
            var series: [Series] = []
            try store.access { _, statements in
                let headers = try statements.headers(
                    RowKey.all(of: .reading), limit: limit, newestFirst: true)
                for header in headers {
                    let found = try statements.rows(
                        header.key...header.key, limit: 1, maximumBytes: .max)
                    self.damaged.formUnion(found.damaged)
                    guard let row = found.sound.first,
                        // Why it cannot be decoded matters to nobody: the next batch may do.
                        let bytes = try? self.stored(row)?.batch.content(),
                        let batch = try? Batch(decoding: bytes)
                    else { continue }
                    let correction = self.boots.correction(of: row.header) ?? 0
                    series += batch.series.map { series in
                        var series = series
                        for place in series.samples.indices {
                            let time = series.samples[place].time
                            series.samples[place].time = time.shifted(by: correction)
                        }
                        return series
                    }
                }
            }
            return series
        }
    }
}
