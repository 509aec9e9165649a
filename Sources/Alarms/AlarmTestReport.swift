package import Execution
package import GPIO

/// What a self-test of an alarm has found.
package struct AlarmTestReport: Hashable, Sendable {
    package let alarm: String
    package let person: String
    package let startedAt: Timestamp
    package var ending: Ending
    /// The detectors first, then the valves, then what was switched, in the order of acting.
    package var steps: [Step]

    package enum Ending: Hashable, Sendable {
        case completed
        /// This alarm was raised meanwhile, and the test gave way.
        case overtaken(by: String)
        /// The gateway stopped meanwhile.
        case interrupted
    }

    package struct Step: Hashable, Sendable {
        /// The point, line, valve, circuit or door.
        package let subject: String
        package let check: Check
        package var outcome: Outcome
    }

    package enum Check: String, Hashable, Sendable {
        /// A reading, a line or a device that the condition looks at is known.
        case detector
        /// The line that shuts a valve takes a command: it is told to stay as it is.
        case valveLine
        /// The contact of a valve can be read.
        case valveContact
        /// A line, a circuit or a door was switched and has confirmed it.
        case output
    }

    package enum Outcome: Hashable, Sendable {
        case passed
        case failed(LineFault)
        /// Nothing was heard of it: nothing read yet, or no confirmation in time.
        case unheard
        /// There is no such thing to check: a valve without a contact.
        case absent
    }

    /// Whether the chain is in order, as far as a test can tell.
    package var hasPassed: Bool {
        ending == .completed
            && steps.allSatisfy { $0.outcome == .passed || $0.outcome == .absent }
    }
}
