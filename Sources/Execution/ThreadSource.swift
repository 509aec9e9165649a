/// Where the threads for what blocks, or must not wait, come from.
package struct ThreadSource: Sendable {
    /// A thread for the actors that call blocking C.
    package let serial: @Sendable (_ name: String) -> any SerialExecutor
    /// A thread that some tasks never leave.
    package let home: @Sendable (_ name: String, _ isUrgent: Bool) -> any HomeExecutor

    package init(
        serial: @escaping @Sendable (_ name: String) -> any SerialExecutor,
        home: @escaping @Sendable (_ name: String, _ isUrgent: Bool) -> any HomeExecutor
    ) {
        self.serial = serial
        self.home = home
    }

    /// Threads of the system, one for each executor.
    package static let system = ThreadSource(
        serial: { ThreadExecutor(name: $0) }, home: { HomeThread(name: $0, isUrgent: $1) })
}

/// The executor of actors, and the one that their tasks prefer: see ``HomeThread``.
package typealias HomeExecutor = SerialExecutor & TaskExecutor
