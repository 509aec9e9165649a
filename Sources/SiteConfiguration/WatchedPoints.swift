import Execution
package import Metering

/// The points that a service looks at, by their place in the catalog: it finds out quickly which of
/// many readings are for it.
package final class WatchedPoints: Sendable {
    private let points: Set<PointIdentifier>
    private let places = InheritingLock<[PointIndex: PointIdentifier]>([:])

    package init(_ points: Set<PointIdentifier>) {
        self.points = points
    }

    /// Takes over a catalog: with each change of the site, as it may have points it had not before.
    package func use(index: (PointIdentifier) -> PointIndex?) {
        var places: [PointIndex: PointIdentifier] = [:]
        for point in points { if let place = index(point) { places[place] = point } }
        self.places.withLock { $0 = places }
    }

    /// Calls `body` with each reading that is of one of them.
    package func forEach(of readings: [Reading], _ body: (PointIdentifier, Reading) -> Void) {
        let places = places.withLock { $0 }
        guard !places.isEmpty else { return }
        for reading in readings {
            if let point = places[reading.point] { body(point, reading) }
        }
    }
}
