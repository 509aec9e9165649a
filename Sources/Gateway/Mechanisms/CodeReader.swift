import AccessControl
import Execution
import LinuxSystem
import SiteConfiguration
import Synchronization

/// A code reader: what it reads is tried as a pickup code or token of its bank.
final class CodeReader: Sendable {
    let configuration: CodeReaderConfiguration
    private let bank: LockerBank
    private let edges: Edges
    private let onNews: @Sendable (News) -> Void
    /// Why it cannot be read, as an error number of the system.
    private let failure = Mutex<Int32?>(nil)

    init(
        _ configuration: CodeReaderConfiguration, of bank: LockerBank, _ edges: Edges,
        onNews: @escaping @Sendable (News) -> Void
    ) {
        self.configuration = configuration
        self.bank = bank
        self.edges = edges
        self.onNews = onNews
    }

    /// What is wrong with it, in words.
    var fault: String? {
        failure.withLock { $0 }.map {
            "the code reader \(configuration.path) cannot be read: \(SystemError.text($0))"
        }
    }

    /// Follows the reader until the task is cancelled; one that is pulled is looked for again.
    func run() async {
        let (look, time) = (edges.codeReader(configuration), edges.time)
        while !Task.isCancelled {
            switch await look() {
            case .line(let line):
                note(nil)
                // A refusal is in the audit trail and has its event; the reader shows nothing.
                _ = try? await bank.pickup(line)
            case .nothing: note(nil)
            case .failed(let errno):
                note(errno)
                await time.sleep(time.monotonic().advanced(by: .seconds(2)))
            }
        }
    }

    private func note(_ errno: Int32?) {
        let isNews = failure.withLock { failure in
            defer { failure = errno }
            return (failure == nil) != (errno == nil)
        }
        if isNews { onNews(.reader(bank.name, failure: errno)) }
    }
}
