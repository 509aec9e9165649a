/// One point at one time. Answers `GET /v1/readings`, `POST /v1/points/read` and `GET /v1/watch`.
package struct PointReading: Codable, Hashable, Sendable {
    /// `device/point`.
    package var point: String
    /// When the reply arrived, in milliseconds since 1970.
    package var time: Int64
    /// Exact decimal digits, or a text; `nil` where the reading is missing.
    package var value: String?
    package var unit: String?
    /// What the value means, for example `charging`, where the profile says so.
    package var label: String?
    /// `good`, or in words why not, for example `missing: timeout`.
    package var quality: String
    package var isGood: Bool

    package init(
        point: String, time: Int64, value: String? = nil, unit: String? = nil, label: String? = nil,
        quality: String, isGood: Bool
    ) {
        self.point = point
        self.time = time
        self.value = value
        self.unit = unit
        self.label = label
        self.quality = quality
        self.isGood = isGood
    }
}
