/// Where a device stands, as one line: `building=1 TAB room=101`, in order of name.
enum PlaceLine {
    static func text(_ place: [String: String]) -> String {
        place.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\t")
    }

    /// - Returns: `nil` where the text is no such line.
    static func place(_ text: some StringProtocol) -> [String: String]? {
        var place: [String: String] = [:]
        for word in text.split(separator: "\t") {
            guard let sign = word.firstIndex(of: "="), sign > word.startIndex else { return nil }
            place[String(word[..<sign])] = String(word[word.index(after: sign)...])
        }
        return place
    }
}
