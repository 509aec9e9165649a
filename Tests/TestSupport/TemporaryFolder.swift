import Glibc

/// Calls `body` with a folder that is removed afterwards, with the files in it.
package func withTemporaryFolder<Result>(
    _ body: (String) throws -> Result
) rethrows -> Result {
    let folder = makeTemporaryFolder()
    defer { removeFolder(folder) }
    return try body(folder)
}

/// The same for a body that suspends.
package func withTemporaryFolder<Result>(
    _ body: (String) async throws -> Result
) async rethrows -> Result {
    let folder = makeTemporaryFolder()
    defer { removeFolder(folder) }
    return try await body(folder)
}

private func makeTemporaryFolder() -> String {
    var template = Array("/tmp/linli-test-XXXXXX".utf8CString)
    guard let path = mkdtemp(&template) else {
        preconditionFailure("no temporary folder (\(errno))")
    }
    return String(cString: path)
}

private func removeFolder(_ folder: String) {
    if let entries = opendir(folder) {
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(folder)/\(name)")
        }
        closedir(entries)
    }
    rmdir(folder)
}

/// Adds a text to a file, which is made where there is none.
package func append(_ text: String, to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    precondition(descriptor >= 0, "\(path) cannot be opened (\(errno))")
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    precondition(write(descriptor, bytes, bytes.count) == bytes.count, "\(path) cannot be written")
}
