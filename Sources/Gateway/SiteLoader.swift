import DeviceProfiles
package import Documents
package import SiteConfiguration

/// Reads the site document and all that it refers to.
package struct SiteLoader: Sendable {
    package typealias Site = SiteDocument

    private let options: Gateway.Options

    package init(_ options: Gateway.Options) {
        self.options = options
    }

    /// - Throws: All faults of the first document that has any: the profiles of the folder, the
    ///   board, the site.
    package func load() throws(DocumentFaults) -> SiteDocument {
        let shipped = try ProfileLibrary.shipped()
        let profiles = try options.profileFolder.map { (folder) throws(DocumentFaults) in
            try shipped.loading(folder: folder)
        }
        let board = try options.boardFile.map { (file) throws(DocumentFaults) in
            try BoardDocument.load(file)
        }
        return try SiteDocument.load(options.siteFile, board: board, profiles: profiles ?? shipped)
    }
}
