/// The name of a device in the site document, for example `b1-u101-elec`.
///
/// 1 to 64 characters: lower-case letters, digits, `-`, `_` and `.`, the first a letter or digit.
package struct DeviceIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Returns: `nil` where the text breaks the rule above.
    package init?(_ text: String) {
        guard text.isFieldName(separators: "-_.") else { return nil }
        description = text
    }

    package static func < (left: DeviceIdentifier, right: DeviceIdentifier) -> Bool {
        left.description < right.description
    }
}

/// The name of one point of a device, for example `energy.active.import.total`.
///
/// 1 to 64 characters: letters, digits, `.`, `-` and `_`, the first a letter or digit.
/// The words come from the profiles' vocabulary.
package struct PointName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Returns: `nil` where the text breaks the rule above.
    package init?(_ text: String) {
        guard text.isFieldName(separators: "-_.", allowingUppercase: true) else { return nil }
        description = text
    }

    package static func < (left: PointName, right: PointName) -> Bool {
        left.description < right.description
    }
}

/// One point of one device, written `device/point`.
package struct PointIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let device: DeviceIdentifier
    package let point: PointName

    package init(device: DeviceIdentifier, point: PointName) {
        self.device = device
        self.point = point
    }

    /// - Returns: `nil` where the text is not `device/point`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = DeviceIdentifier(String(parts[0])),
            let point = PointName(String(parts[1]))
        else { return nil }
        self.init(device: device, point: point)
    }

    package var description: String { "\(device)/\(point)" }

    package static func < (left: PointIdentifier, right: PointIdentifier) -> Bool {
        (left.device, left.point) < (right.device, right.point)
    }
}

extension String {
    /// Whether this text may name a thing of a site: short, plain ASCII, safe in topics and paths.
    package func isFieldName(separators: String, allowingUppercase: Bool = false) -> Bool {
        func isWordCharacter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): allowingUppercase
            default: false
            }
        }
        guard (1...64).contains(utf8.count), let first = utf8.first, isWordCharacter(first)
        else { return false }
        return utf8.allSatisfy { isWordCharacter($0) || separators.utf8.contains($0) }
    }
}
