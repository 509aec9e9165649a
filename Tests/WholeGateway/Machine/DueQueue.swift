/// What is due at moments, the earliest first, and what is due together in the order it came.
struct DueQueue<Item> {
    private var entries: [(moment: Int64, number: UInt64, item: Item)] = []
    private var count: UInt64 = 0

    /// When the first is due.
    var first: Int64? { entries.first?.moment }

    mutating func push(_ item: Item, at moment: Int64) {
        count += 1
        entries.append((moment, count, item))
        rise(entries.count - 1)
    }

    mutating func pop() -> (moment: Int64, item: Item)? {
        guard !entries.isEmpty else { return nil }
        entries.swapAt(0, entries.count - 1)
        let first = entries.removeLast()
        sink(0)
        return (first.moment, first.item)
    }

    mutating func removeAll(where isUnwanted: (Item) -> Bool) {
        entries.removeAll { isUnwanted($0.item) }
        entries.sort { ($0.moment, $0.number) < ($1.moment, $1.number) }
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        (entries[one].moment, entries[one].number) < (entries[other].moment, entries[other].number)
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, isBefore(place, (place - 1) / 2) {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < entries.count && isBefore(child, least) { least = child }
            guard least != place else { return }
            entries.swapAt(place, least)
            place = least
        }
    }
}
