import Execution

/// The end of a gateway: who makes something stops before who takes it, each in its time.
extension Gateway {
    /// Stops what runs: what people use, what switches, the buses; then what was read is sealed, and
    /// deliveries and the cache are closed last. A part that is stuck holds up none behind it.
    ///
    /// - Returns: The names of the parts that have not ended.
    func stopInOrder() async -> [String] {
        var stuck = await stop(people.parts + (access?.inputParts ?? []), within: 1)
        stuck += await stop(mechanismParts, within: 3)
        stuck += await stop(buses.values.map(\.part), within: 2)
        stuck += await finish("GPIO chips", within: 1) { await self.closeChips() }
        // What all these have still told.
        reporter.finish()
        stuck += await Part.wait(for: people.news, within: .seconds(1), time)
        stuck += await stop(people.sealing, within: 1)
        stuck += await finish("last batch", within: 3) { [sealer] in await sealer.seal() }
        stuck += await stop(deliveries.values.map(\.part), within: 1)
        stuck += await stop(started, within: 1)
        meters.save()
        stuck += await finish("cache", within: 2) { [cache] in await cache.close() }
        return Array(Set(stuck)).sorted()
    }

    private var mechanismParts: [Part] {
        (access?.mechanismParts ?? []) + charging.values.map(\.part)
            + [lighting?.part, alarms?.part].compactMap { $0 }
    }

    private func stop(_ parts: [Part], within seconds: Int) async -> [String] {
        await Part.stop(parts, within: .seconds(seconds), time)
    }

    /// Does something that may hang, beside the other parts.
    private func finish(
        _ name: String, within seconds: Int, _ body: @escaping @Sendable () async -> Void
    ) async -> [String] {
        let part = Part(name, body)
        start(part)
        return await Part.wait(for: [part], within: .seconds(seconds), time)
    }
}
