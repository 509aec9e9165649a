/// A valve that alarms shut: the line that shuts it, and the contact that says it is shut.
package struct ValveConfiguration: Hashable, Sendable {
    package let name: String
    /// Active shuts the valve. No other mechanism of the document has this line, nor the others.
    package let close: LineReference
    /// Active drives the valve open, for ``openPeriod``. `nil` where it is opened by hand, or
    /// opens by itself once ``close`` is inactive.
    package let open: LineReference?
    /// The contact; `nil` only where the document says that there is none.
    package let closed: LineReference?
    /// Whether the contact is active while the valve is shut, which is the common way.
    package let contactMeansClosed: Bool
    /// How long the valve may take. 1 s to 10 m.
    package let within: Duration
    /// How long a line is active at a time, for a valve that stays as it is without current, at
    /// most ``within``. `nil` where `close` stays active for as long as the valve is to be shut.
    package let pulse: Duration?

    /// How long ``open`` is active: one pulse, or as long as the valve may take.
    package var openPeriod: Duration { pulse ?? within }

    package init(
        name: String, close: LineReference, open: LineReference? = nil, closed: LineReference?,
        contactMeansClosed: Bool = true, within: Duration = .seconds(10), pulse: Duration? = nil
    ) {
        self.name = name
        self.close = close
        self.open = open
        self.closed = closed
        self.contactMeansClosed = contactMeansClosed
        self.within = within
        self.pulse = pulse
    }

    /// The lines it switches, the closing one first.
    package var outputs: [LineReference] { [close] + (open.map { [$0] } ?? []) }
}
