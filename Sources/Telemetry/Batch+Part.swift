extension Batch {
    /// How many readings and events.
    package var recordCount: Int { readingCount + events.count }

    /// Some of the records: readings series by series, then events.
    ///
    /// - Parameter places: Within the number of records.
    package func records(_ places: Range<Int>) -> Batch {
        var batch = Batch(clock: clock)
        var start = 0
        for whole in series {
            let own = places.clamped(to: start..<start + whole.samples.count)
            if !own.isEmpty {
                batch.series.append(
                    Series(
                        point: whole.point,
                        samples: Array(
                            whole.samples[own.lowerBound - start..<own.upperBound - start])))
            }
            start += whole.samples.count
        }
        let own = places.clamped(to: start..<start + events.count)
        batch.events = Array(events[own.lowerBound - start..<own.upperBound - start])
        return batch
    }
}
