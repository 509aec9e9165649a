/// A service that is built from its own part of the site document, and runs until it is stopped.
package protocol RunningService: Sendable {
    /// What it was made from: where this is unchanged, a change of the site leaves it alone.
    associatedtype Configuration: Hashable & Sendable

    var configuration: Configuration { get }
    /// What runs of it beside everything else.
    var part: Part { get }
}

/// The services of one kind that run, by name. Each is kept while its configuration stays the same.
///
/// Anybody may look, from any thread; changes come from one place, one after the other.
package final class Running<Service: RunningService>: Sendable {
    private struct State {
        var names: [String] = []
        /// In the order of their names.
        var services: [Service] = []
    }

    private let state = InheritingLock(State())

    package init() {}

    /// In the order of the site document.
    package var all: [Service] { state.withLock { $0.services } }

    package subscript(name: String) -> Service? {
        state.withLock { state in
            state.names.firstIndex(of: name).map { state.services[$0] }
        }
    }

    package var parts: [Part] { all.map(\.part) }

    /// A configuration, and the name of its service.
    package typealias Wanted = (name: String, configuration: Service.Configuration)

    /// Ends what is not wanted as it is; then, when all that has ended, builds and starts what is
    /// missing.
    ///
    /// - Returns: What was started.
    @discardableResult
    package func use(
        _ wanted: [Wanted], isolation: isolated (any Actor)? = #isolation,
        start: (Part) -> Void, make: (Service.Configuration) async -> Service?
    ) async -> [Service] {
        await end(allBut: wanted)
        return await begin(wanted, start: start, make: make)
    }

    /// Takes out what is not wanted as it is, and returns once it has ended.
    ///
    /// - Returns: What has ended.
    @discardableResult
    package func end(
        allBut wanted: [Wanted], isolation: isolated (any Actor)? = #isolation
    ) async -> [Service] {
        let configurations = Dictionary(wanted.map { ($0.name, $0.configuration) }) { $1 }
        let ending = state.withLock { state in
            var kept = State()
            var ending: [Service] = []
            for (name, service) in zip(state.names, state.services) {
                guard configurations[name] == service.configuration else {
                    ending.append(service)
                    continue
                }
                kept.names.append(name)
                kept.services.append(service)
            }
            state = kept
            return ending
        }
        for service in ending { await service.part.stop() }
        return ending
    }

    /// Builds and starts what is missing.
    ///
    /// - Parameters:
    ///   - wanted: Each name once; their order is that of ``all``.
    ///   - start: Has a part run.
    ///   - make: Builds a service; `nil` where that cannot be done now: the next change tries again.
    /// - Returns: What was started.
    @discardableResult
    package func begin(
        _ wanted: [Wanted], isolation: isolated (any Actor)? = #isolation,
        start: (Part) -> Void, make: (Service.Configuration) async -> Service?
    ) async -> [Service] {
        var begun: [Service] = []
        for (name, configuration) in wanted where self[name] == nil {
            guard let service = await make(configuration) else { continue }
            state.withLock { state in
                state.names.append(name)
                state.services.append(service)
            }
            start(service.part)
            begun.append(service)
        }
        sort(by: wanted.map(\.name))
        return begun
    }

    private func sort(by names: [String]) {
        state.withLock { state in
            let services = Dictionary(zip(state.names, state.services)) { $1 }
            state.names = names.filter { services[$0] != nil }
            state.services = state.names.compactMap { services[$0] }
        }
    }
}
