/// What a reload did. Answers `POST /v1/reload`.
///
/// A site with faults is refused as a whole; what ran goes on.
package struct ReloadReport: Codable, Hashable, Sendable {
    /// Whether the document was valid and now runs.
    package var isApplied: Bool
    /// The file that was read.
    package var site: String
    /// The version of the site document that runs now.
    package var siteVersion: Int?
    /// What changed, in words, for example `riser-1: restarted (baudRate)`.
    package var buses: [String]
    package var devices: [String]
    package var destinations: [String]
    /// Changes of the cache or of the site's identity.
    package var others: [String]
    /// Each with `file:line:column: path: reason`, where the document was refused.
    package var faults: [String]
    /// What is doubtful in the document that was taken over, written in the same way.
    package var warnings: [String]

    package init(
        isApplied: Bool, site: String, siteVersion: Int? = nil, buses: [String] = [],
        devices: [String] = [], destinations: [String] = [], others: [String] = [],
        faults: [String] = [], warnings: [String] = []
    ) {
        self.isApplied = isApplied
        self.site = site
        self.siteVersion = siteVersion
        self.buses = buses
        self.devices = devices
        self.destinations = destinations
        self.others = others
        self.faults = faults
        self.warnings = warnings
    }
}
