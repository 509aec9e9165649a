/// What one point was in the past. Answers `GET /v1/history`.
package struct HistoryReport: Codable, Hashable, Sendable {
    /// `device/point`.
    package var point: String
    package var unit: String?
    /// The time zone of the site.
    package var timeZone: String?
    /// The times asked for, in milliseconds since 1970, both included.
    package var from: Int64
    package var to: Int64
    /// In ascending order of time.
    package var samples: [HistorySample]
    /// Whether there were more samples than one answer holds; then the newest are here.
    package var isTruncated: Bool
    /// How many batches of the cache could not be read.
    package var unreadableBatches: Int

    package init(
        point: String, unit: String? = nil, timeZone: String? = nil, from: Int64, to: Int64,
        samples: [HistorySample] = [], isTruncated: Bool = false, unreadableBatches: Int = 0
    ) {
        self.point = point
        self.unit = unit
        self.timeZone = timeZone
        self.from = from
        self.to = to
        self.samples = samples
        self.isTruncated = isTruncated
        self.unreadableBatches = unreadableBatches
    }
}

/// One reading of the past.
package struct HistorySample: Codable, Hashable, Sendable {
    /// In milliseconds since 1970.
    package var time: Int64
    /// Exact decimal digits, or a text; `nil` where the reading is missing.
    package var value: String?
    /// `good`, or in words why not.
    package var quality: String

    package init(
        time: Int64, value: String? = nil, quality: String
    ) {
        self.time = time
        self.value = value
        self.quality = quality
    }
}
