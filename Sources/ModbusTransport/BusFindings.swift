package import Modbus

/// What a bus has found out about its servers that a person may want to know.
package struct BusFindings: Hashable, Sendable {
    /// How answers are numbered.
    package var numbering: TransactionNumbering.Rule = .same
    /// The pause after connecting that was learnt.
    package var settle: Duration?
    /// After how many answers the server closes its connections, or falls mute.
    package var answersPerConnection: Int?
    /// How often a connection on which nothing was answered any more was replaced.
    package var renewals: UInt64 = 0
    /// How often a write was confirmed oddly, and found done by reading it back.
    package var readBack: UInt64 = 0
    /// How long the last late answer of each unit took.
    package var latencies: [UnitIdentifier: Duration] = [:]
    /// The unit that answered in place of another.
    package var answersAs: [UnitIdentifier: UnitIdentifier] = [:]

    package init() {}
}
