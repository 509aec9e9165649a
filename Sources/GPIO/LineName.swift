/// A line as policy knows it: by its name alone, whatever switches or senses it.
///
/// A name of the board's file (`LOCK1`), a chip and an offset (`gpiochip0:17`), or a point of a
/// relay board (`stair-relays/relay.1`). Only the gateway knows which of them it is.
package struct LineName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ name: String) {
        description = name
    }

    package static func < (left: LineName, right: LineName) -> Bool {
        left.description < right.description
    }
}
