import AccessControl
import Execution
import LinuxSystem
import SiteConfiguration

/// What a code reader reads is tried as a pickup code or token of its bank.
enum CodeReader {
    /// Follows a reader until the task is cancelled; one that is pulled is looked for again.
    static func follow(
        _ reader: CodeReaderConfiguration, for bank: LockerBank, time: TimeSource
    ) async {
        let input = LineInput(
            path: reader.path, baudRate: reader.baudRate,
            executor: ThreadExecutor(name: "code-reader"))
        while !Task.isCancelled {
            switch await input.next() {
            case .line(let line):
                // A refusal is in the audit trail and has its event; the reader shows nothing.
                _ = try? await bank.pickup(line)
            case .nothing: break
            case .failed: await time.sleep(time.monotonic().advanced(by: .seconds(5)))
            }
        }
    }
}
