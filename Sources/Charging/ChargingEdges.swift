package import GPIO
package import Metering
package import SiteConfiguration
package import Telemetry

/// What a group reaches outside of itself.
package struct ChargingEdges: Sendable {
    /// Writes what a charger may draw, and returns when it has confirmed all of it; else why not.
    package let tell: @Sendable (ChargerConfiguration, Amperes) async -> LineFault?
    /// Writes the settings a charger needs, and what it is to fall back to.
    package let prepare: @Sendable (ChargerConfiguration, _ fallback: Amperes) async -> LineFault?
    package let record: @Sendable (Event, Lane) async -> Void
    /// Keeps stops through a restart, in place of those before.
    package let keep: @Sendable ([ChargerStop]) async -> Void

    package init(
        tell: @escaping @Sendable (ChargerConfiguration, Amperes) async -> LineFault?,
        prepare:
            @escaping @Sendable (ChargerConfiguration, _ fallback: Amperes) async ->
            LineFault?,
        record: @escaping @Sendable (Event, Lane) async -> Void,
        keep: @escaping @Sendable ([ChargerStop]) async -> Void
    ) {
        self.tell = tell
        self.prepare = prepare
        self.record = record
        self.keep = keep
    }
}
