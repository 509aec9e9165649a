/// Why an operation of the outbox was not carried out.
///
/// Damage is not among them: a damaged database is set aside and reported, and work goes on.
package enum OutboxError: Error, Hashable {
    /// The disk is full, and nothing more could be dropped to make room. Nothing was stored.
    case diskFull
    /// The folder or the file cannot be written. The code is SQLite's or the system's.
    case notWritable(path: String, code: Int32)
    /// The disk failed otherwise, with SQLite's extended result code.
    case storage(code: Int32)
    /// No destination of this name was added.
    case unknownDestination(String)
    /// The outbox was closed.
    case closed
}

extension OutboxError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .diskFull: "the disk is full"
        case .notWritable(let path, let code): "\(path) cannot be written, error \(code)"
        case .storage(let code): "the disk or the database failed, error \(code) of SQLite"
        case .unknownDestination(let name): "no destination \(name) is known"
        case .closed: "it was closed"
        }
    }
}
