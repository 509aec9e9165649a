package import Execution
import Foundation

/// The local time of the site: intervals are aligned to it.
package struct ZoneClock: Sendable {
    private let zone: TimeZone

    /// - Parameter name: Of the time zone database; the site document has made sure it exists.
    package init(_ name: String) {
        zone = TimeZone(identifier: name) ?? .gmt
    }

    /// How far local time is ahead of UTC.
    package func offset(at time: Timestamp) -> Duration {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
        return .seconds(zone.secondsFromGMT(for: date))
    }
}
