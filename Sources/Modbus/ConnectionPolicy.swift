/// How the connection of a bus is kept, where its server wants it otherwise than usual.
package struct ConnectionPolicy: Hashable, Sendable {
    /// The pause after connecting before anything is asked.
    package var settle: Duration
    /// Whether the connection is kept between turns. Else it is given back as soon as nothing
    /// was asked for ``idle``, so that another client gets its turn.
    package var isKept: Bool
    /// Whether an answer must bear the transaction identifier of its request. Where it need not,
    /// every time-out ends the connection, so that no late answer is taken for the next.
    package var checksTransactions: Bool

    /// How long nothing was asked when a connection that is not kept is given back.
    package static let idle: Duration = .milliseconds(250)

    package init(
        settle: Duration = .zero, isKept: Bool = true, checksTransactions: Bool = true
    ) {
        self.settle = settle
        self.isKept = isKept
        self.checksTransactions = checksTransactions
    }

    /// Puts together what a bus and the profiles on it say.
    ///
    /// What the bus states holds. Else the most careful of the profiles holds.
    package init(bus: ConnectionOverrides, profiles: [ConnectionOverrides]) {
        self.init(
            settle: bus.settle ?? profiles.compactMap(\.settle).max() ?? .zero,
            isKept: bus.isKept ?? !profiles.contains { $0.isKept == false },
            checksTransactions: bus.checksTransactions
                ?? !profiles.contains { $0.checksTransactions == false })
    }
}

/// What a profile or a bus states about its connection.
package struct ConnectionOverrides: Hashable, Sendable {
    package var settle: Duration?
    package var isKept: Bool?
    package var checksTransactions: Bool?

    package init(
        settle: Duration? = nil, isKept: Bool? = nil, checksTransactions: Bool? = nil
    ) {
        self.settle = settle
        self.isKept = isKept
        self.checksTransactions = checksTransactions
    }

    package static let none = ConnectionOverrides()
}
