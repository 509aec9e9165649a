package import Telemetry

/// What is written down of a bank in one go, and the event that tells of it afterwards.
package struct LockerEntry: Hashable, Sendable {
    package var changes: [AccessRegister.Change]
    package var deed: AccessRegister.Deed
    package var event: Event?
    /// Whether the event carries the head of the audit trail: what is cut off afterwards is missed.
    package var hasHead = true
    /// Whether nothing is told where it could not be saved.
    package var isToldOnlyIfSaved = false

    package init(
        _ changes: [AccessRegister.Change], _ deed: AccessRegister.Deed, _ event: Event? = nil
    ) {
        self.changes = changes
        self.deed = deed
        self.event = event
    }
}

extension LockerEntry {
    /// Writes it down.
    ///
    /// - Returns: Whether it is on the disk; where not, it waits in memory and holds all the same.
    func write(to register: AccessRegister, _ effects: AccessEffects) async -> Bool {
        let isSaved = await register.commit(changes, deed)
        guard var event, isSaved || !isToldOnlyIfSaved else { return isSaved }
        if hasHead {
            let head = await register.head
            event.details["audit"] = "\(head.count)"
            event.details["hash"] = head.hash.prefix(8).hexadecimal
        }
        await effects.record(event, .event)
        return isSaved
    }
}
