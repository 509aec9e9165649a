import DeviceProfiles
package import Documents
package import SiteConfiguration

/// Reads the site document and all that it refers to.
package struct SiteLoader: Sendable {
    package typealias Checked = SiteDocument.Checked

    private let options: Gateway.Options

    package init(_ options: Gateway.Options) {
        self.options = options
    }

    /// - Returns: The site, and what is doubtful in its document.
    /// - Throws: All faults of the first document that has any: the profiles of the folder, the
    ///   board, the site.
    package func load() throws(DocumentFaults) -> SiteDocument.Checked {
        let shipped = try ProfileLibrary.shipped()
        let profiles = try options.profileFolder.map { (folder) throws(DocumentFaults) in
            try shipped.loading(folder: folder)
        }
        let board = try options.boardFile.map { (file) throws(DocumentFaults) in
            try BoardDocument.load(file)
        }
        return try SiteDocument.check(options.siteFile, board: board, profiles: profiles ?? shipped)
    }
}

/// Reads site documents on a thread of its own: a disk that takes its time holds nobody up.
actor SiteReader {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let loader: SiteLoader

    init(_ options: Gateway.Options, executor: any SerialExecutor) {
        loader = SiteLoader(options)
        self.executor = executor
    }

    func load() throws(DocumentFaults) -> SiteDocument.Checked { try loader.load() }
}
