/// The seam between policy and what it switches: one GPIO line, or one coil of a relay board.
package struct OutputLine: Sendable {
    package let name: LineName
    /// Makes the line active or inactive, and returns when it is: a relay board has confirmed.
    ///
    /// Calls for one line take effect in the order they were made. A task cancelled meanwhile
    /// may have switched the line or not.
    package let set: @Sendable (_ isActive: Bool) async throws(LineFault) -> Void

    package init(
        _ name: LineName,
        set: @escaping @Sendable (_ isActive: Bool) async throws(LineFault) -> Void
    ) {
        self.name = name
        self.set = set
    }
}
