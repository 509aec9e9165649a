/// The names most like a misspelt one, the best first.
///
/// - Parameter count: How many at most.
/// - Complexity: O(*n* · *m*²) for *n* names of *m* letters; some milliseconds for 3000 points.
package func nearestNames(
    to word: String, among names: some Sequence<String>, count: Int = 3
) -> [String] {
    let wanted = Array(word.lowercased().utf8.prefix(160))
    guard !wanted.isEmpty else { return [] }
    let limit = max(2, wanted.count / 4)
    let ranked = names.compactMap { name -> (rank: Int, name: String)? in
        let known = Array(name.lowercased().utf8)
        let distance = editDistance(wanted, known)
        if distance <= limit { return (distance, name) }
        // A part of a name, such as `power` or `voltage.l1`, is not close but says enough.
        guard wanted.count >= 3, known.contains(wanted) else { return nil }
        return (limit + known.count - wanted.count, name)
    }
    return ranked.sorted { ($0.rank, $0.name) < ($1.rank, $1.name) }.prefix(count).map(\.name)
}

/// How many letters must be put in, left out or replaced. Source: Levenshtein, 1966.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var last = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        current.reserveCapacity(right.count + 1)
        for column in right.indices {
            let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
            current.append(min(replaced, last[column + 1] + 1, current[column] + 1))
        }
        last = current
    }
    return last[right.count]
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard part.count <= count else { return false }
        return (0...(count - part.count)).contains { self[$0...].starts(with: part) }
    }
}
