package import Metering

/// A current on each phase of the mains.
package struct PhaseCurrents: Hashable, Sendable {
    package var l1: Amperes
    package var l2: Amperes
    package var l3: Amperes

    package init(l1: Amperes, l2: Amperes, l3: Amperes) {
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
    }

    /// The same on all phases.
    package init(_ current: Amperes) {
        self.init(l1: current, l2: current, l3: current)
    }

    package subscript(phase: MainsPhase) -> Amperes {
        get {
            switch phase {
            case .l1: l1
            case .l2: l2
            case .l3: l3
            }
        }
        set {
            switch phase {
            case .l1: l1 = newValue
            case .l2: l2 = newValue
            case .l3: l3 = newValue
            }
        }
    }

    /// The most that is left on all of some phases; negative where one is exceeded.
    ///
    /// - Precondition: There is at least one phase.
    func room(on phases: [MainsPhase]) -> Amperes {
        guard let room = phases.map({ self[$0] }).min() else {
            preconditionFailure("a charger hangs on some phase")
        }
        return room
    }

    /// Takes a current from each of some phases.
    mutating func take(_ current: Amperes, on phases: [MainsPhase]) {
        for phase in phases { self[phase] = self[phase] - current }
    }
}
