/// How large a document may be before it is refused unread.
package struct DocumentLimits: Hashable, Sendable {
    /// The most bytes of text.
    package var maximumBytes: Int
    /// The most mappings and lists within one another.
    package var maximumDepth: Int
    /// The most scalars, lists and mappings in all.
    package var maximumNodes: Int

    package init(
        maximumBytes: Int = 2 << 20, maximumDepth: Int = 24, maximumNodes: Int = 200_000
    ) {
        self.maximumBytes = maximumBytes
        self.maximumDepth = maximumDepth
        self.maximumNodes = maximumNodes
    }
}
