/// Looks for hopelessly deep brackets in a text without parsing it: the parser takes time with
/// the product of depth and length.
enum NestingScan {
    /// Far more unclosed brackets than any document has in its values and prose together.
    private static let limit = 64

    /// Where brackets stand open within one another more often than any document may.
    static func firstExcess(in text: String) -> TextPlace? {
        var open = 0
        var place = TextPlace()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "[", "{":
                open += 1
                if open > limit { return place }
            case "]", "}":
                open = max(0, open - 1)
            default:
                break
            }
            place.pass(scalar)
        }
        return nil
    }
}
