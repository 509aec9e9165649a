import FoundationEssentials
package import Logging

/// A value in the state folder that outlasts a restart, as JSON in a file of its own.
package struct StateValue<Value: Codable & Sendable>: Sendable {
    private let file: StateFile
    private let name: String
    private let logger: Logger

    /// - Parameter name: What it is, for the log: "Latched alarms".
    package init(_ name: String, path: String, logger: Logger) {
        self.name = name
        self.logger = logger
        file = StateFile(path: path)
    }

    /// What was saved last; `nil` where nothing was, or it cannot be read, which is logged.
    package func load() -> Value? {
        do {
            guard let bytes = try file.read() else { return nil }
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            logger.error(
                "\(name) cannot be read", metadata: ["path": "\(file.path)", "error": "\(error)"])
            return nil
        }
    }

    /// - Returns: Whether it is on the disk; where not, that is logged.
    @discardableResult
    package func save(_ value: Value) -> Bool {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try file.write([UInt8](try encoder.encode(value)))
            return true
        } catch {
            logger.error("\(name) cannot be saved", metadata: ["error": "\(error)"])
            return false
        }
    }
}
