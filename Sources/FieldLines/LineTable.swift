package import Execution
package import GPIO
package import SiteConfiguration
import Synchronization

/// All lines of the running site: what switches each, what it was last told to be, and what it is.
///
/// Services know an output by its name alone: what switches it may become another with a reload,
/// and they need not hear of that.
///
/// Called from the threads of chips and buses and from all services: short locks, no suspension.
package final class LineTable: Sendable {
    /// One line in use.
    package struct Entry: Sendable {
        package let reference: LineReference
        /// What it is for, for example `doors.entrance-1.strike`.
        package let use: String
        package let isOutput: Bool
        package var commanded: Bool?
        /// What was read of it: an output may be told and cannot be read.
        package var sensed: LineState = .unknown(.notRead)
        /// When `commanded` or `sensed` changed last.
        package var since: MonotonicTime?
        /// When it was last told something.
        package var commandedAt: MonotonicTime?
    }

    private let entries = Mutex<[LineName: Entry]>([:])
    /// The names of all, sorted: what urgent threads wait for is not held while lines are sorted.
    private let names = Mutex<[LineName]>([])
    /// What switches the outputs.
    private let drivers = Mutex<[LineName: OutputLine]>([:])
    let time: TimeSource

    package init(time: TimeSource) {
        self.time = time
    }

    /// Takes over the lines of a site; what is known of those that stay is kept.
    package func use(_ lines: [SiteLine]) {
        entries.withLock { entries in
            var next: [LineName: Entry] = [:]
            for line in lines {
                let name = line.reference.name
                if let known = entries[name], known.reference == line.reference,
                    known.use == line.use
                {
                    next[name] = known
                } else {
                    next[name] = Entry(
                        reference: line.reference, use: line.use, isOutput: line.isOutput)
                }
            }
            entries = next
        }
        let sorted = Set(lines.map(\.reference.name)).sorted()
        names.withLock { $0 = sorted }
    }

    /// In the order of their names.
    package var all: [Entry] {
        let names = names.withLock { $0 }
        // A few at a time: a report holds up no edge.
        return stride(from: 0, to: names.count, by: Self.linesAtOnce).flatMap { start in
            let part = names[start..<min(names.count, start + Self.linesAtOnce)]
            return entries.withLock { entries in part.compactMap { entries[$0] } }
        }
    }

    private static let linesAtOnce = 32

    /// What an input is, as far as is known.
    package func state(of line: LineName) -> LineState {
        entries.withLock { $0[line]?.sensed ?? .unknown(.notRead) }
    }

    /// Takes note of what a line has become.
    ///
    /// - Returns: Whether that is new.
    @discardableResult
    package func note(_ change: LineChange) -> Bool {
        entries.withLock { entries in
            guard let known = entries[change.line], known.sensed != change.state else {
                return false
            }
            entries[change.line]?.sensed = change.state
            entries[change.line]?.since = change.time
            return true
        }
    }

    /// Whether an output is found to be what it was not told, long enough after it was told.
    package func isContrary(_ sensed: LineState, to output: LineName) -> Bool {
        let now = time.monotonic()
        return entries.withLock { entries in
            guard let entry = entries[output], let commanded = entry.commanded,
                let isActive = sensed.isActive, let since = entry.commandedAt
            else { return false }
            return isActive != commanded && since.advanced(by: Self.readingDelay) < now
        }
    }

    /// What is wrong with a line, in words; `nil` where nothing is, or nothing was tried yet.
    package func fault(of entry: Entry) -> String? {
        if entry.isOutput, isContrary(entry.sensed, to: entry.reference.name) {
            let isActive = entry.sensed.isActive == true
            return "is \(isActive ? "active" : "inactive"), though it was told otherwise"
        }
        return entry.faultWords
    }

    /// How long a reading may still tell of the time before a command.
    static let readingDelay = Duration.seconds(5)

    /// An output cannot be switched, for now.
    package func note(_ fault: LineFault, of output: LineName) {
        let now = time.monotonic()
        entries.withLock { entries in
            entries[output]?.sensed = .unknown(fault)
            entries[output]?.since = now
        }
    }

    /// An output can be switched again, and is at its initial state.
    package func noteRestored(_ output: LineName) {
        let now = time.monotonic()
        entries.withLock { entries in
            entries[output]?.commanded = nil
            entries[output]?.commandedAt = nil
            entries[output]?.sensed = .unknown(.notRead)
            entries[output]?.since = now
        }
    }

    /// Takes over what switches the outputs of a site.
    package func use(drivers: [OutputLine]) {
        self.drivers.withLock { $0 = Dictionary(drivers.map { ($0.name, $0) }) { $1 } }
    }

    /// An output, whatever switches it when it is called, which leaves word here of what it was
    /// told and what came of it.
    package func output(_ name: LineName) -> OutputLine {
        OutputLine(name) { [self] isActive throws(LineFault) in
            do throws(LineFault) {
                guard let driver = drivers.withLock({ $0[name] }) else { throw .stopped }
                try await driver.set(isActive)
                noteCommand(name, isActive, fault: nil)
            } catch {
                noteCommand(name, isActive, fault: error)
                throw error
            }
        }
    }

    private func noteCommand(_ line: LineName, _ isActive: Bool, fault: LineFault?) {
        let now = time.monotonic()
        entries.withLock { entries in
            guard var entry = entries[line] else { return }
            // That it was told is not that it is so: what it is, a reading says.
            let sensed: LineState =
                if let fault {
                    .unknown(fault)
                } else if entry.commanded == isActive, entry.sensed.isActive != nil {
                    entry.sensed
                } else {
                    .unknown(.notRead)
                }
            if entry.commanded != isActive || entry.sensed != sensed { entry.since = now }
            entry.commanded = isActive
            entry.commandedAt = now
            entry.sensed = sensed
            entries[line] = entry
        }
    }
}
