import Execution
import LinuxSystem
import SiteConfiguration
import Synchronization

/// A code reader: what it reads is tried as a pickup code or token of its bank.
final class CodeReader: RunningService {
    struct Configuration: Hashable, Sendable {
        let bank: String
        let reader: CodeReaderConfiguration
    }

    let configuration: Configuration
    let part: Part
    /// Why it cannot be read, as an error number of the system.
    private let failure: Failure

    private final class Failure: Sendable {
        let errno = Mutex<Int32?>(nil)

        /// - Returns: Whether it has failed, or come back, just now.
        func note(_ seen: LineInput.Look) -> Bool {
            let failed: Int32? = if case .failed(let errno) = seen { errno } else { nil }
            return errno.withLock { errno in
                defer { errno = failed }
                return (errno == nil) != (failed == nil)
            }
        }
    }

    init(_ configuration: Configuration, of bank: LockerBank, _ edges: AccessService.Edges) {
        self.configuration = configuration
        let failure = Failure()
        self.failure = failure
        part = Part("code reader of \(configuration.bank)") {
            let look = edges.codeReader(configuration.reader)
            while !Task.isCancelled {
                let seen = await look()
                let isNews = failure.note(seen)
                if isNews { edges.onReader(configuration.bank, failure.errno.withLock { $0 }) }
                switch seen {
                // A refusal is in the audit trail and has its event; the reader shows nothing.
                case .line(let line): _ = try? await bank.pickup(line)
                case .nothing: break
                // One that is pulled is looked for again.
                case .failed:
                    let time = edges.time
                    await time.sleep(time.monotonic().advanced(by: .seconds(2)))
                }
            }
        }
    }

    /// What is wrong with it, in words.
    var fault: String? {
        failure.errno.withLock { $0 }.map {
            "the code reader \(configuration.reader.path) cannot be read: \(SystemError.text($0))"
        }
    }
}
