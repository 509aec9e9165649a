package import GPIO
package import Telemetry

/// What lockers and doors act on.
package struct AccessEffects: Sendable {
    /// The strikes by name. One that is missing counts as stopped.
    package var lines: [LineName: OutputLine]
    package var record: @Sendable (Event, Lane) async -> Void

    package init(
        lines: [LineName: OutputLine], record: @escaping @Sendable (Event, Lane) async -> Void
    ) {
        self.lines = lines
        self.record = record
    }

    func set(_ line: LineName, _ isActive: Bool) async -> LineFault? {
        guard let output = lines[line] else { return .stopped }
        do throws(LineFault) {
            try await output.set(isActive)
            return nil
        } catch {
            return error
        }
    }
}
