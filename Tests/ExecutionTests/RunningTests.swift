import Execution
import Synchronization
import Testing

/// Services of one kind: each is kept while its configuration stays the same.
struct RunningTests {
    private struct Configuration: Hashable, Sendable {
        let name: String
        var value = 0
    }

    private struct Service: RunningService {
        let configuration: Configuration
        let part: Part
    }

    /// What happened, in order.
    private final class Log: Sendable {
        private let entries = Mutex<[String]>([])

        func note(_ entry: String) { entries.withLock { $0.append(entry) } }

        var all: [String] { entries.withLock { $0 } }
    }

    private let log = Log()
    private let running = Running<Service>()

    private func wanted(_ configurations: Configuration...) -> [Running<Service>.Wanted] {
        configurations.map { ($0.name, $0) }
    }

    /// Takes over what is wanted; parts end as soon as they are stopped, and say so.
    private func use(_ wanted: [Running<Service>.Wanted], refusing refused: String? = nil) async {
        let log = log
        await running.use(
            wanted, start: { log.note("start \($0.name)") },
            make: { configuration in
                guard configuration.name != refused else { return nil }
                return Service(configuration: configuration, part: Part(configuration.name) {})
            })
    }

    @Test func whatIsUnchangedIsKept() async throws {
        await use(wanted(Configuration(name: "a"), Configuration(name: "b")))
        let kept = try #require(running["a"]?.part)
        await use(wanted(Configuration(name: "a"), Configuration(name: "b", value: 1)))
        #expect(running["a"]?.part === kept)
        #expect(!kept.hasEnded)
        #expect(running["b"]?.configuration.value == 1)
        #expect(log.all == ["start a", "start b", "start b"])
    }

    @Test func whatEndsHasEndedBeforeAnythingBegins() async throws {
        await use(wanted(Configuration(name: "a"), Configuration(name: "b")))
        let old = running.parts
        let log = log
        await running.use(
            wanted(Configuration(name: "c"), Configuration(name: "a", value: 1)),
            start: { _ in },
            make: { configuration in
                log.note("\(configuration.name): \(old.map(\.hasEnded))")
                return Service(configuration: configuration, part: Part(configuration.name) {})
            })
        #expect(log.all.suffix(2) == ["c: [true, true]", "a: [true, true]"])
        #expect(running["b"] == nil)
    }

    @Test func theOrderIsThatOfTheDocument() async {
        await use(wanted(Configuration(name: "b"), Configuration(name: "a")))
        await use(
            wanted(
                Configuration(name: "c"), Configuration(name: "a"), Configuration(name: "b")))
        #expect(running.all.map(\.configuration.name) == ["c", "a", "b"])
    }

    @Test func whatCannotBeBuiltIsTriedAgainWithTheNextChange() async {
        await use(wanted(Configuration(name: "a"), Configuration(name: "b")), refusing: "a")
        #expect(running["a"] == nil)
        await use(wanted(Configuration(name: "a"), Configuration(name: "b")))
        #expect(running["a"] != nil)
        #expect(log.all == ["start b", "start a"])
    }
}
