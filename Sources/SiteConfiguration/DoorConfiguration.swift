import Documents
import GPIO

/// A door: its strike, its contact, and the button that lets people out.
package struct DoorConfiguration: Hashable, Sendable {
    package let name: String
    package let strike: LineReference
    /// Whether the strike holds the door while it is energised, and lets go without current.
    package let isFailSafe: Bool
    package let contact: LineReference
    /// Whether the contact is active while the door is closed, which is the common way.
    package let contactMeansClosed: Bool
    /// Active releases the door.
    package let exit: LineReference?
    /// How long a release lasts, or until the door has been opened and closed again.
    package let releaseFor: Duration
    /// A door that is open for longer is held open.
    package let heldOpenAfter: Duration

    package init(
        name: String, strike: LineReference, isFailSafe: Bool = false, contact: LineReference,
        contactMeansClosed: Bool = true, exit: LineReference? = nil,
        releaseFor: Duration = .seconds(5), heldOpenAfter: Duration = .seconds(60)
    ) {
        self.name = name
        self.strike = strike
        self.isFailSafe = isFailSafe
        self.contact = contact
        self.contactMeansClosed = contactMeansClosed
        self.exit = exit
        self.releaseFor = releaseFor
        self.heldOpenAfter = heldOpenAfter
    }

    /// The most doors of a document.
    package static let limit = 256
}

extension DoorConfiguration {
    /// Reads one entry of the section `doors:`.
    init?(_ entry: DocumentEntry, lines: LineCatalog) {
        let name = entry.checkedName()
        guard
            let fields = entry.value.fields([
                "strike", "failSafe", "contact", "contactMeans", "exit", "releaseFor",
                "heldOpenAfter",
            ])
        else { return nil }
        let strike = fields.required("strike").flatMap(lines.output)
        let isFailSafe = fields.optional("failSafe").map { $0.boolean() } ?? false
        let contact = fields.required("contact").flatMap(lines.input)
        let meansClosed =
            fields.optional("contactMeans").map {
                $0.choice(among: [("closed", true), ("open", false)])
            } ?? true
        let exit = fields.optional("exit").map(lines.input)
        let releaseFor =
            fields.optional("releaseFor").map { $0.duration(in: .seconds(1)...(.seconds(60))) }
            ?? .seconds(5)
        let heldOpenAfter =
            fields.optional("heldOpenAfter").map {
                $0.duration(in: .seconds(5)...(.seconds(3_600)))
            } ?? .seconds(60)
        guard let name, let strike, let isFailSafe, let contact, let meansClosed,
            exit != .some(nil), let releaseFor, let heldOpenAfter
        else { return nil }
        self.init(
            name: name, strike: strike, isFailSafe: isFailSafe, contact: contact,
            contactMeansClosed: meansClosed, exit: exit ?? nil, releaseFor: releaseFor,
            heldOpenAfter: heldOpenAfter)
    }
}
