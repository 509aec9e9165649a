import AccessControl
import Alarms
import Charging
import Delivery
import DevicePolling
import Execution
import FieldLines
import Lighting
import Recording

/// The end of a gateway: who makes something stops before who takes it, each in its time.
extension Gateway {
    /// Stops what runs: what people use, what switches, the buses; then what was read is sealed, and
    /// deliveries and the cache are closed last. A part that is stuck holds up none behind it.
    ///
    /// - Returns: The names of the parts that have not ended.
    func stopInOrder() async -> [String] {
        var stuck = await stop(people + services.access.inputParts, within: 1)
        stuck += await stop(mechanismParts, within: 3)
        stuck += await stop(services.buses.parts, within: 2)
        stuck += await finish("GPIO chips", within: 1) { [services] in await services.lines.close()
        }
        // What all these have still told.
        changes.finish()
        stuck += await Part.wait(for: telling, within: .seconds(1), edges.time)
        stuck += await stop(sealing, within: 1)
        stuck += await finish("last batch", within: 3) { [services] in await services.sealer.seal()
        }
        stuck += await stop(services.deliveries.parts, within: 1)
        stuck += await stop(running.all, within: 1)
        services.meters.save()
        stuck += await finish("cache", within: 2) { [services] in await services.cache.close() }
        return Array(Set(stuck)).sorted()
    }

    private var mechanismParts: [Part] {
        services.access.mechanismParts + services.charging.parts + services.lighting.parts
            + [services.alarms.current?.part].compactMap { $0 }
    }

    private func stop(_ parts: [Part], within seconds: Int) async -> [String] {
        await Part.stop(parts, within: .seconds(seconds), edges.time)
    }

    /// Does something that may hang, beside the other parts.
    private func finish(
        _ name: String, within seconds: Int, _ body: @escaping @Sendable () async -> Void
    ) async -> [String] {
        let part = Part(name, body)
        running.start(part)
        return await Part.wait(for: [part], within: .seconds(seconds), edges.time)
    }
}
