package import Metering

/// What a point is, beyond its name.
package struct PointDescription: Hashable, Sendable {
    package let identifier: PointIdentifier
    /// The kind of its device, for example `heat-meter`.
    package let kind: String?
    /// The unit of its values, for example `kWh`.
    package let unit: String?
    /// What it measures by IEC 62056-61, for example `1-0:1.8.0*255`.
    package let obis: String?
    /// Where its device stands, by the site document's words: `building` → `1`.
    package let place: [String: String]

    package init(
        identifier: PointIdentifier, kind: String? = nil, unit: String? = nil, obis: String? = nil,
        place: [String: String] = [:]
    ) {
        self.identifier = identifier
        self.kind = kind
        self.unit = unit
        self.obis = obis
        self.place = place
    }
}

/// The points of a site, in the order of their indices.
///
/// A catalog only grows while a gateway runs: a point keeps its index when the site changes.
package struct PointCatalog: Hashable, Sendable {
    package private(set) var points: [PointDescription] = []
    private var indices: [PointIdentifier: PointIndex] = [:]

    package init(_ points: some Sequence<PointDescription> = []) {
        for point in points { _ = insert(point) }
    }

    package var count: Int { points.count }

    package subscript(index: PointIndex) -> PointDescription { points[Int(index.rawValue)] }

    package func index(of identifier: PointIdentifier) -> PointIndex? { indices[identifier] }

    /// Adds a point, or renews the description of one that is there.
    package mutating func insert(_ point: PointDescription) -> PointIndex {
        if let index = indices[point.identifier] {
            points[Int(index.rawValue)] = point
            return index
        }
        let index = PointIndex(points.count)
        points.append(point)
        indices[point.identifier] = index
        return index
    }
}
