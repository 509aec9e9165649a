import Synchronization

/// A part of the gateway that runs beside the others and can be ended by itself.
final class Part: Sendable {
    private let body: @Sendable () async -> Void
    private let stops: AsyncStream<Void>
    private let stopper: AsyncStream<Void>.Continuation
    private let ends: AsyncStream<Void>
    private let ender: AsyncStream<Void>.Continuation

    /// - Parameter body: Runs until it is cancelled.
    init(_ body: @escaping @Sendable () async -> Void) {
        self.body = body
        (stops, stopper) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (ends, ender) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs the part until it is stopped or the task is cancelled.
    func run() async {
        let (body, stops) = (body, stops)
        await withTaskGroup { group in
            group.addTask { await body() }
            group.addTask { for await _ in stops {} }
            await group.next()
            group.cancelAll()
        }
        ender.finish()
    }

    /// Ends the part and waits until it has ended.
    func stop() async {
        stopper.finish()
        for await _ in ends {}
    }
}
