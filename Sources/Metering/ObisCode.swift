/// The name of a quantity of a meter, the same whoever made it: `1-0:1.8.0*255` is the active
/// energy imported, all tariffs.
///
/// Source: IEC 62056-61 (2006), "Object identification system", now IEC 62056-6-1: six value
/// groups of one byte each.
package struct ObisCode: Hashable, Comparable, Sendable {
    /// Group A: what is metered; 1 electricity, 4 heat cost, 5 cooling, 6 heat, 7 gas, 8 cold
    /// water, 9 hot water.
    package let medium: UInt8
    /// Group B: the channel; 0 where there is one.
    package let channel: UInt8
    /// Group C: the physical quantity, by medium.
    package let quantity: UInt8
    /// Group D: how it is processed; 7 an instantaneous value, 8 a time integral.
    package let processing: UInt8
    /// Group E: the tariff; 0 all of them.
    package let tariff: UInt8
    /// Group F: the billing period; 255 the current one.
    package let period: UInt8

    /// The value groups A to F.
    package init(
        _ medium: UInt8, _ channel: UInt8, _ quantity: UInt8, _ processing: UInt8, _ tariff: UInt8,
        period: UInt8 = 255
    ) {
        self.medium = medium
        self.channel = channel
        self.quantity = quantity
        self.processing = processing
        self.tariff = tariff
        self.period = period
    }

    private var groups: [UInt8] { [medium, channel, quantity, processing, tariff, period] }

    package static func < (left: ObisCode, right: ObisCode) -> Bool {
        left.groups.lexicographicallyPrecedes(right.groups)
    }
}

extension ObisCode: LosslessStringConvertible {
    /// The code with all its groups, as `A-B:C.D.E*F`.
    package var description: String {
        "\(medium)-\(channel):\(quantity).\(processing).\(tariff)*\(period)"
    }

    /// Reads `A-B:C.D.E*F`, or `A-B:C.D.E` for the current billing period.
    ///
    /// - Returns: `nil` for anything else, leading zeros and groups above 255 included.
    package init?(_ text: String) {
        var rest = Substring(text)
        func group(endingWith separator: Character?) -> UInt8? {
            let end = separator.map { rest.firstIndex(of: $0) } ?? rest.endIndex
            guard let end, let value = UInt8(rest[..<end]), String(value) == rest[..<end]
            else { return nil }
            rest = separator == nil ? rest[end...] : rest[rest.index(after: end)...]
            return value
        }
        let hasPeriod = rest.contains("*")
        guard let medium = group(endingWith: "-"), let channel = group(endingWith: ":"),
            let quantity = group(endingWith: "."), let processing = group(endingWith: "."),
            let tariff = group(endingWith: hasPeriod ? "*" : nil)
        else { return nil }
        var period: UInt8 = 255
        if hasPeriod {
            guard let written = group(endingWith: nil) else { return nil }
            period = written
        }
        self.init(medium, channel, quantity, processing, tariff, period: period)
    }
}
