import Logging

/// What has happened when: the last of it, or all.
final class Story {
    private let keepsAll: Bool
    private var lines: [String] = []
    private(set) var digest = Digest()

    init(keepsAll: Bool) {
        self.keepsAll = keepsAll
    }

    func add(_ text: String, at moment: Int64) {
        digest.mix(text)
        digest.mix(UInt64(bitPattern: moment))
        let seconds = moment / 1_000_000_000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let line =
            "day \(seconds / 86_400) \(two(seconds / 3_600 % 24)):\(two(seconds / 60 % 60)):"
            + "\(two(seconds % 60)).\(moment / 1_000_000 % 1_000)  \(text)"
        if keepsAll { return print(line) }
        lines.append(line)
        if lines.count > 4_000 { lines.removeFirst(2_000) }
    }

    func printEnd() {
        for line in lines.suffix(200) { print(line) }
    }
}

/// What the gateway logs, as lines of the story.
struct StoryLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let tell: @Sendable (String) -> Void

    init(tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let words = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        tell("\(event.level): \(event.message) \(words.joined(separator: " "))")
    }
}
