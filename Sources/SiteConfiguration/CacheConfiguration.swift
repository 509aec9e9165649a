import Documents

/// How much is kept, and how often it is made safe.
package struct CacheConfiguration: Hashable, Sendable {
    /// The most bytes the cache takes on disk.
    package let maximumBytes: Int
    /// How old a reading may grow before it is dropped, delivered or not.
    package let maximumAge: Duration
    /// How long readings collect before they are committed: what a power cut can lose.
    package let sealEvery: Duration
    /// How many readings collect at most before they are committed.
    package let sealAfter: Int

    package init(maximumBytes: Int, maximumAge: Duration, sealEvery: Duration, sealAfter: Int) {
        self.maximumBytes = maximumBytes
        self.maximumAge = maximumAge
        self.sealEvery = sealEvery
        self.sealAfter = sealAfter
    }

    package static let standard = CacheConfiguration(
        maximumBytes: 2 << 30, maximumAge: .seconds(90 * 86_400), sealEvery: .seconds(10),
        sealAfter: 4_000)
}

extension CacheConfiguration {
    /// The smallest cache that leaves the database room to work beside what it holds.
    static let leastBytes = 16 << 20
    static let mostBytes = 1 << 40

    init?(_ node: DocumentNode) {
        guard let fields = node.fields(["size", "age", "sealEvery", "sealAfter"]) else {
            return nil
        }
        let standard = Self.standard
        let size =
            fields.optional("size").map { $0.byteCount(in: Self.leastBytes...Self.mostBytes) }
            ?? standard.maximumBytes
        let age =
            fields.optional("age").map {
                $0.duration(in: .seconds(3_600)...(.seconds(3_650 * 86_400)))
            } ?? standard.maximumAge
        let sealEvery =
            fields.optional("sealEvery").map { $0.duration(in: .seconds(1)...(.seconds(600))) }
            ?? standard.sealEvery
        let sealAfter =
            fields.optional("sealAfter").map { $0.integer(in: 10...100_000) }
            ?? standard.sealAfter
        guard let size, let age, let sealEvery, let sealAfter else { return nil }
        self.init(
            maximumBytes: size, maximumAge: age, sealEvery: sealEvery, sealAfter: sealAfter)
    }
}
