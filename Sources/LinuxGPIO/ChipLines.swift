package import GPIO

/// The lines of one GPIO chip, as the gateway uses them: see ``LineChip``, which are the system's.
package struct ChipLines: Sendable {
    /// One of the outputs.
    package let output: @Sendable (LineName) -> OutputLine
    /// Takes other claims over, and returns when that is done.
    package let use: @Sendable ([LineClaim]) async -> Void
    /// Drives every output to its initial state and gives all lines up.
    package let close: @Sendable () async -> Void

    package init(
        output: @escaping @Sendable (LineName) -> OutputLine,
        use: @escaping @Sendable ([LineClaim]) async -> Void,
        close: @escaping @Sendable () async -> Void
    ) {
        self.output = output
        self.use = use
        self.close = close
    }

    /// The lines of a chip of the system.
    package init(_ chip: LineChip) {
        self.init(
            output: { chip.output($0) }, use: { await chip.use($0) }, close: { await chip.close() })
    }
}
