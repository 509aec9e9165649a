/// The end of a message about an unknown word: the nearest known one, or else all of them.
///
/// - Returns: Text such as `; did you mean "every"?`, or an empty text where nothing helps.
package func suggestion(for word: String, among known: some Sequence<String>) -> String {
    let choices = Array(Set(known)).sorted()
    let limit = max(1, min(word.count, 40) / 3)
    let nearest = choices.lazy
        .map { (distance: editDistance(word, $0, limit: limit), choice: $0) }
        .filter { $0.distance <= limit }
        .min { $0.distance < $1.distance }
    if let nearest { return "; did you mean \"\(nearest.choice)\"?" }
    if choices.isEmpty || choices.count > 16 { return "" }
    return "; known are \(choices.joined(separator: ", "))"
}

/// How many letters must be put in, left out, replaced or swapped with a neighbour to turn one
/// word into the other. Letters that differ only in case count as equal.
///
/// - Returns: The distance, or a larger number than `limit` as soon as that is certain.
func editDistance(_ left: String, _ right: String, limit: Int) -> Int {
    let left = Array(left.lowercased().unicodeScalars)
    let right = Array(right.lowercased().unicodeScalars)
    guard abs(left.count - right.count) <= limit else { return limit + 1 }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
            var best = min(replaced, last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, left[row] == right[column - 1],
                left[row - 1] == right[column]
            {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
