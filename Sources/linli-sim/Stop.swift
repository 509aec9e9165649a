import UnixSignals

/// When a command ends.
enum Stop {
    /// Returns `true` on SIGINT and SIGTERM, or after a time; `false` where its task is cancelled.
    static func requested(after limit: Duration?) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: [.sigint, .sigterm]) {
                    return true
                }
                return false
            }
            if let limit {
                group.addTask {
                    do { try await Task.sleep(for: limit) } catch { return false }
                    return true
                }
            }
            let isRequested = await group.next() ?? false
            group.cancelAll()
            return isRequested
        }
    }
}
