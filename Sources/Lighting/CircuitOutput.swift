import GPIO
import SiteConfiguration

/// What switches and dims one circuit.
struct CircuitOutput: Sendable {
    let line: OutputLine?
    let dimmer: LightingDimmer?
    let edges: LightingEdges

    /// - Precondition: The circuit's line is among `lines`.
    init(_ circuit: LightingCircuit, lines: [LineName: OutputLine], edges: LightingEdges) {
        line = circuit.line.map { reference in
            guard let line = lines[reference.name] else {
                preconditionFailure("\(circuit.name) has no line \(reference.name)")
            }
            return line
        }
        dimmer = circuit.dimmer
        self.edges = edges
    }

    /// Sets the level, then switches: lamps never flash up at an old level.
    ///
    /// Where the dimmer fails, the lamps are switched all the same: better the wrong level than
    /// dark.
    func set(_ level: Int) async -> LineFault? {
        var fault: LineFault?
        if let dimmer, level > 0 || line == nil {
            do throws(LineFault) {
                try await edges.setLevel(dimmer.identifier, dimmer.value(at: level))
            } catch {
                fault = error
            }
        }
        do throws(LineFault) { try await line?.set(level > 0) } catch { return error }
        return fault
    }
}
