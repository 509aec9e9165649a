package import Modbus

/// The address space of a simulated device: what is where, and where nothing is.
package struct RegisterMap: Sendable {
    private var tables: [RegisterTable: Table] = [:]

    /// - Parameters:
    ///   - gapLimit: So many unlisted addresses between two listed ones still read, as 0.
    ///   - bitGapLimit: The same for coils and discrete inputs.
    package init(cells: [RegisterCell], gapLimit: UInt16 = 0, bitGapLimit: UInt16 = 0) {
        for table in RegisterTable.allCases {
            let sorted = cells.filter { $0.range.table == table }
                .sorted { $0.range.address < $1.range.address }
            guard !sorted.isEmpty else { continue }
            let limit = Int(table.isBits ? bitGapLimit : gapLimit)
            tables[table] = Table(cells: sorted, gapLimit: limit)
        }
    }

    /// The content of a range.
    ///
    /// - Parameter written: What clients have written, by address.
    /// - Returns: `nil` where the range holds an address at which nothing is.
    package func read(
        _ range: RegisterRange, at time: SimulatedTime, written: [UInt16: UInt16]
    ) -> [UInt16]? {
        guard let table = tables[range.table], table.isKnown(range) else { return nil }
        var words = [UInt16](repeating: 0, count: Int(range.count))
        for cell in table.cells[table.firstCell(near: range)...] {
            if cell.range.address >= range.end { break }
            guard cell.range.end > range.address else { continue }
            let content = cell.words(time)
            for (offset, word) in content.enumerated() {
                let place = Int(cell.range.address) + offset - Int(range.address)
                guard words.indices.contains(place) else { continue }
                words[place] = cell.isPart ? words[place] | word : word
            }
        }
        guard !written.isEmpty else { return words }
        for place in words.indices {
            if let word = written[range.address + UInt16(place)] { words[place] = word }
        }
        return words
    }

    /// Whether every address of a range may be written.
    package func isWritable(_ range: RegisterRange) -> Bool {
        guard let table = tables[range.table] else { return false }
        return (Int(range.address)..<range.end).allSatisfy { address in
            table.cells.contains {
                $0.isWritable && $0.range.address <= address && address < $0.range.end
            }
        }
    }

    /// One table's cells by address, and the islands they form.
    private struct Table: Sendable {
        let cells: [RegisterCell]
        private let widest: Int
        private let islands: [Range<Int>]

        init(cells: [RegisterCell], gapLimit: Int) {
            self.cells = cells
            widest = cells.map { Int($0.range.count) }.max() ?? 1
            var islands: [Range<Int>] = []
            for cell in cells {
                let range = Int(cell.range.address)..<cell.range.end
                if let last = islands.last, range.lowerBound <= last.upperBound + gapLimit {
                    islands[islands.count - 1] =
                        last.lowerBound..<max(last.upperBound, range.upperBound)
                } else {
                    islands.append(range)
                }
            }
            self.islands = islands
        }

        func isKnown(_ range: RegisterRange) -> Bool {
            islands.contains { $0.lowerBound <= range.address && range.end <= $0.upperBound }
        }

        /// The index of a cell at or before the first that can touch a range.
        func firstCell(near range: RegisterRange) -> Int {
            let address = Int(range.address) - widest
            var low = 0
            var high = cells.count
            while low < high {
                let middle = (low + high) / 2
                if Int(cells[middle].range.address) < address {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            return low
        }
    }
}
