import Execution
import Metering
import Recording
import SiteConfiguration
import Telemetry

/// The document that is in force, and the catalog of all points that were ever in force: for
/// whoever asks, from any thread.
final class CurrentSite: Sendable {
    private let state: InheritingLock<(document: SiteDocument, catalog: PointCatalog)>

    init(_ document: SiteDocument) {
        var catalog = PointCatalog()
        catalog.insert(document)
        state = InheritingLock((document, catalog))
    }

    var document: SiteDocument { state.withLock { $0.document } }
    var catalog: PointCatalog { state.withLock { $0.catalog } }

    func use(_ document: SiteDocument) {
        state.withLock { state in
            state.document = document
            state.catalog.insert(document)
        }
    }

    /// The place of a point in the catalog: it never changes.
    func index(of point: PointIdentifier) -> PointIndex? {
        state.withLock { $0.catalog.index(of: point) }
    }
}
