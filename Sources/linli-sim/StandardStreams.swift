import Glibc

/// Prints a line on standard error.
func complain(_ text: String) {
    emit("linli-sim: \(text)\n", to: STDERR_FILENO)
}

/// Prints at once, also into a pipe.
func say(_ text: String, terminator: String = "\n") {
    emit(text + terminator, to: STDOUT_FILENO)
}

/// Whether standard output is a person's terminal.
var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

private func emit(_ text: String, to descriptor: CInt) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        // A reader that has gone away misses nothing it wanted.
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}
