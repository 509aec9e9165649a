package import Execution
package import GPIO

/// One door, for people.
package struct DoorStatus: Hashable, Sendable {
    package var name: String
    package var phase: DoorState.Phase
    package var isReleased: Bool
    package var isHeld: Bool
    package var isExitStuck = false
    /// `nil` where that is not known.
    package var isStrikeActive: Bool?
    package var isClosed: Bool?
    package var since: MonotonicTime
    package var fault: LineFault?
}
