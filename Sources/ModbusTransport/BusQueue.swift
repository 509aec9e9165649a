package import Modbus

/// Who waits for a bus: the most urgent first, and the earliest within one priority.
///
/// A pure value; ``ModbusBus`` parks the callers and asks this queue whose turn it is.
package struct BusQueue: Sendable {
    /// One caller's place in the queue.
    package struct Ticket: Hashable, Sendable {
        package let priority: BusPriority
        package let number: UInt64
    }

    /// The most that may wait. One more is refused, so that a flood of requests cannot pile up.
    package static let capacity = 256

    private var waiting: [[Ticket]] = BusPriority.allCases.map { _ in [] }
    private var issued: UInt64 = 0
    package private(set) var count = 0

    package init() {}

    /// Takes a place at the end of a priority.
    ///
    /// - Returns: `nil` where the queue is full.
    package mutating func enter(_ priority: BusPriority) -> Ticket? {
        guard count < Self.capacity else { return nil }
        issued += 1
        count += 1
        let ticket = Ticket(priority: priority, number: issued)
        waiting[Int(priority.rawValue)].append(ticket)
        return ticket
    }

    /// Whose turn it is.
    package var first: Ticket? {
        for tickets in waiting {
            if let ticket = tickets.first { return ticket }
        }
        return nil
    }

    /// Gives up a place, whether or not its turn has come.
    package mutating func leave(_ ticket: Ticket) {
        let row = Int(ticket.priority.rawValue)
        guard let place = waiting[row].firstIndex(of: ticket) else { return }
        waiting[row].remove(at: place)
        count -= 1
    }
}
