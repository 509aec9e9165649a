package import Telemetry

/// The seam between delivery and the cache, for one destination.
package struct BatchSource: Sendable {
    /// The batches of a lane after a sequence number, ascending; fewer where there are no more.
    package let batches:
        @Sendable (_ lane: Lane, _ after: Int64, _ limit: Int) async throws -> [StoredBatch]
    /// The newest sequence number of a lane; 0 before the first.
    package let head: @Sendable (_ lane: Lane) async throws -> Int64
    /// Up to where this destination has everything.
    package let cursor: @Sendable (_ lane: Lane) async throws -> Int64
    /// Moves the cursor. The epoch is that of the acknowledged batches.
    package let advance:
        @Sendable (_ lane: Lane, _ through: Int64, _ epoch: String) async throws -> Void
    /// What a filter remembered after a batch that is not behind the cursor, as it was kept last;
    /// `nil` where nothing was.
    package let memory: @Sendable () async throws -> ShareMemory?
    /// Keeps what a filter remembers beside the cursor.
    package let remember: @Sendable (ShareMemory) async throws -> Void
    /// Yields when a batch was appended. Several appends may be one signal.
    package let appended: AsyncStream<Void>

    package init(
        batches: @escaping @Sendable (Lane, Int64, Int) async throws -> [StoredBatch],
        head: @escaping @Sendable (Lane) async throws -> Int64,
        cursor: @escaping @Sendable (Lane) async throws -> Int64,
        advance: @escaping @Sendable (Lane, Int64, String) async throws -> Void,
        memory: @escaping @Sendable () async throws -> ShareMemory?,
        remember: @escaping @Sendable (ShareMemory) async throws -> Void,
        appended: AsyncStream<Void>
    ) {
        self.batches = batches
        self.head = head
        self.cursor = cursor
        self.advance = advance
        self.memory = memory
        self.remember = remember
        self.appended = appended
    }
}
