/// The end of a message about an unknown word: the nearest known one, or else all of them.
///
/// - Returns: Text such as `; did you mean "every"?`, or an empty text where nothing helps.
package func suggestion(for word: String, among known: some Sequence<String>) -> String {
    let choices = Array(Set(known)).sorted()
    if let nearest = nearestWord(to: word, among: choices) {
        return "; did you mean \"\(nearest)\"?"
    }
    let others = choices.filter { differInNumber(word, $0) }
    if choices.count > 16, !others.isEmpty {
        return "; there are \(others.prefix(12).joined(separator: ", "))"
    }
    if choices.isEmpty || choices.count > 16 { return "" }
    return "; known are \(choices.joined(separator: ", "))"
}

/// The known word that was likely meant: a few letters away, and never one of opposite meaning.
///
/// Where both have as many parts, as `voltage.l1` has two, each part is like its counterpart; and
/// another number is another thing: `relay.7` is not offered `relay.6`.
func nearestWord(to word: String, among known: some Sequence<String>) -> String? {
    if ScalarAdvice.isAgreement(word) {
        return known.first { $0.lowercased() == word.lowercased() }
    }
    let known = Set(known).sorted()
    let nearest = known.lazy
        .filter { !ScalarAdvice.areOpposite(word, $0) && arePartsNear(word, $0) }
        .map { ($0, editDistance(word, $0, limit: letterLimit(word, $0))) }
        .filter { $1 <= letterLimit(word, $0) }
        .min { $0.1 < $1.1 }?.0
    guard let nearest else { return known.first { $0.hasPrefix(word + ".") } }
    return differInNumber(word, nearest) ? nil : nearest
}

/// How many letters of a word may be wrong. Of two letters none: then `no` would be `on`; but one
/// may be left out, as of `gas`.
private func letterLimit(_ word: String, _ choice: String) -> Int {
    switch word.count {
    case 0...1: 0
    case 2: choice.count == 3 ? 1 : 0
    case 3...5: 1
    case 6...8: 2
    default: 3
    }
}

private func arePartsNear(_ word: String, _ choice: String) -> Bool {
    let (left, right) = (word.parts, choice.parts)
    guard left.count == right.count, left.count > 1 else { return true }
    return zip(left, right).allSatisfy { one, other in
        let limit = letterLimit(one, other)
        return editDistance(one, other, limit: limit) <= limit
    }
}

/// Whether two words are the same but for a number of as many digits.
private func differInNumber(_ left: String, _ right: String) -> Bool {
    left.count == right.count && left.lowercased() != right.lowercased()
        && zip(left.lowercased(), right.lowercased()).allSatisfy {
            $0 == $1 || ($0.isWholeNumber && $1.isWholeNumber)
        }
}

extension String {
    fileprivate var parts: [String] {
        split(omittingEmptySubsequences: false) { ".-_/".contains($0) }.map(String.init)
    }
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

/// Whether two words differ by a typing error: by one letter, or of ten by two.
package func isNear(_ left: String, _ right: String) -> Bool {
    let limit = min(left.count, right.count) < 10 ? 1 : 2
    return editDistance(left, right, limit: limit) <= limit
}
