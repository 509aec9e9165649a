/// A line of a chip that is to be used: which, and what for.
package struct LineClaim: Hashable, Sendable {
    /// The name it goes by in all that is told of it.
    package var name: LineName
    package var settings: LineSettings
    package var direction: LineDirection

    package init(_ name: LineName, _ settings: LineSettings, _ direction: LineDirection) {
        self.name = name
        self.settings = settings
        self.direction = direction
    }
}
