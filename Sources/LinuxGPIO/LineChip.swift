package import GPIO

/// What has become of a chip's lines.
package enum ChipEvent: Hashable, Sendable {
    /// An input is something else than it was, or cannot be read any more.
    case changed(LineChange)
    /// An output is claimed, for the first time or again, and is at its initial state.
    case restored(LineName)
    /// An output cannot be switched, for now.
    case failed(LineName, LineFault)
}

/// The lines of one GPIO chip that a gateway uses, on a thread of their own.
///
/// A chip may be missing, and lines of it may be taken: they are faults until they can be had,
/// and are looked for again and again. Edges come with the kernel's time; each second every line
/// is looked at besides, since the kernel drops edges that come too fast.
///
/// The way from an edge to an output: this thread wakes, reads the edge and calls the handler,
/// which decides; a command wakes this thread again, which makes one system call.
package struct LineChip: Sendable {
    private let mailbox: ChipMailbox

    /// Starts the thread, which claims the lines at once.
    ///
    /// - Parameters:
    ///   - name: The path, the name or the label of the chip.
    ///   - claims: All lines of this chip, each name once.
    ///   - onEvent: Called on the chip's thread, for every line once at the start; must not block.
    package init(
        _ name: String, claims: [LineClaim], onEvent: @escaping @Sendable (ChipEvent) -> Void
    ) {
        mailbox = ChipMailbox()
        ChipThread(name, claims: claims, mailbox: mailbox, onEvent: onEvent).start()
    }

    /// One of the outputs.
    package func output(_ name: LineName) -> OutputLine {
        let mailbox = mailbox
        return OutputLine(name) { isActive throws(LineFault) in
            let fault = await withCheckedContinuation { answer in
                mailbox.put(.set(name, isActive: isActive, answer))
            }
            if let fault { throw fault }
        }
    }

    /// Takes other claims over: lines whose claim stays are not touched. An output that is given up
    /// is driven to its initial state before. Returns when that is done.
    package func use(_ claims: [LineClaim]) async {
        await withCheckedContinuation { mailbox.put(.use(claims, $0)) }
    }

    /// Drives every output to its initial state, gives all lines up, and ends the thread.
    package func close() async {
        await withCheckedContinuation { mailbox.put(.close($0)) }
    }
}
