import Execution
import LinuxSystem
import Logging

/// The files of the audit trail apart from its database: its key, and its end as of the last change.
///
/// The end is kept twice: in the state folder, and where it outlasts the process but not the machine.
/// Who puts an earlier copy of the whole state folder back is found out by the second.
actor AuditFiles {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let keyFile: StateFile
    private let headFiles: [StateFile]
    private var secrets: any RandomNumberGenerator & Sendable
    private let logger: Logger
    private var key = AuditKey([])

    init(
        stateFolder: String, beside socketPath: String, executor: any SerialExecutor,
        secrets: any RandomNumberGenerator & Sendable, logger: Logger
    ) {
        self.secrets = secrets
        self.executor = executor
        self.logger = logger
        keyFile = StateFile(path: stateFolder + "/audit.key")
        headFiles = [
            StateFile(path: stateFolder + "/audit.head"), StateFile(path: socketPath + ".audit"),
        ]
    }

    /// Reads the key, or makes one.
    ///
    /// - Returns: The key, and whether it was made now.
    func load() throws(StateFileError) -> (key: AuditKey, isNew: Bool) {
        if let bytes = try keyFile.read(), bytes.count == 32 {
            key = AuditKey(bytes)
            return (key, false)
        }
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &secrets) }
        try keyFile.write(bytes)
        key = AuditKey(bytes)
        return (key, true)
    }

    /// The end that was kept; `nil` where there is none that was made with this key.
    func known() -> AuditHead? {
        headFiles.compactMap { file in
            // A file that cannot be read holds no end, which is reported as such.
            (try? file.read()).flatMap { $0 }.flatMap {
                key.head(in: String(decoding: $0, as: UTF8.self))
            }
        }.max { $0.count < $1.count }
    }

    /// The highest count that the files name, whoever wrote it: where the key is gone too nothing can
    /// be proved, and what was there is still missed.
    func claimed() -> Int64 {
        headFiles.compactMap { file in
            // A file that cannot be read claims nothing.
            (try? file.read()).flatMap { $0 }.flatMap {
                String(decoding: $0, as: UTF8.self).split(separator: " ").first.flatMap {
                    Int64($0)
                }
            }
        }.filter { (0..<1 << 53).contains($0) }.max() ?? 0
    }

    func keep(_ head: AuditHead) {
        let bytes = Array(key.text(of: head).utf8)
        for file in headFiles {
            do throws(StateFileError) {
                try file.write(bytes)
            } catch {
                // The one before stands there still, and is one of this trail.
                logger.error("End of the audit trail not kept", metadata: ["error": "\(error)"])
            }
        }
    }
}
