package import Execution
package import Metering
package import Telemetry

/// What of a batch a destination is entitled to: a chain of steps, each of which leaves of a batch
/// what it shares of it.
///
/// A value with a memory: given the same batches in the same order it always shares the same.
package struct ShareFilter: Hashable, Sendable {
    /// Which records are shared; what is `nil` is not looked at.
    package struct Selection: Hashable, Sendable {
        package var kinds: Set<String>?
        package var points: Set<PointName>?
        package var devices: Set<DeviceIdentifier>?
        /// One reading of a point in each of these intervals.
        package var every: LocalIntervals?
        /// The subjects whose events are shared: the devices that are; `nil` for all.
        package var subjects: Set<String>?
        /// Nothing from before is shared.
        package var from: Timestamp?

        package init(
            kinds: Set<String>? = nil, points: Set<PointName>? = nil,
            devices: Set<DeviceIdentifier>? = nil, every: LocalIntervals? = nil,
            subjects: Set<String>? = [], from: Timestamp? = nil
        ) {
            self.kinds = kinds
            self.points = points
            self.devices = devices
            self.every = every
            self.subjects = subjects
            self.from = from
        }
    }

    /// One step of the chain.
    private enum Step: Hashable, Sendable {
        case entitlement(Entitlement)
        case start(StartCut)
        case thinning(Thinning)

        mutating func leave(of batch: inout Batch) {
            switch self {
            case .entitlement(let entitlement): entitlement.leave(of: &batch)
            case .start(let start): start.leave(of: &batch)
            case .thinning(var thinning):
                // Without a copy of its memory.
                self = .start(StartCut(from: Timestamp(milliseconds: 0)))
                thinning.leave(of: &batch)
                self = .thinning(thinning)
            }
        }
    }

    private var steps: [Step] = []

    /// - Parameter selection: `nil` shares everything.
    package init(_ selection: Selection?) {
        guard let selection else { return }
        steps = [.entitlement(Entitlement(selection))]
        if let from = selection.from { steps.append(.start(StartCut(from: from))) }
        if let every = selection.every { steps.append(.thinning(Thinning(to: every))) }
    }

    /// Whether batches pass as they are.
    package var sharesEverything: Bool { steps.isEmpty }

    /// The intervals that readings are thinned to; what is shared depends on what was before then.
    package var intervals: LocalIntervals? { thinning?.intervals }

    /// The shared part of a batch.
    ///
    /// - Returns: `nil` where nothing is shared.
    package mutating func shared(of batch: Batch) -> Batch? {
        guard !sharesEverything else { return batch }
        var shared = batch
        for step in steps.indices {
            steps[step].leave(of: &shared)
            shared.series.removeAll(where: \.samples.isEmpty)
        }
        return shared.series.isEmpty && shared.events.isEmpty ? nil : shared
    }

    // MARK: - Memory

    private var thinning: Thinning? {
        for case .thinning(let thinning) in steps { return thinning }
        return nil
    }

    /// What it remembers, to be kept beside the cursor; `nil` where that is nothing, or too much to
    /// be kept.
    package var memory: [UInt8]? { thinning?.memory }

    /// Takes over what another one remembered.
    ///
    /// - Returns: `false` where it cannot be read, or is of another filter; nothing changes then.
    package mutating func recall(_ memory: [UInt8]) -> Bool {
        for (place, step) in steps.enumerated() {
            guard case .thinning(var thinning) = step else { continue }
            guard thinning.recall(memory) else { return false }
            steps[place] = .thinning(thinning)
            return true
        }
        return false
    }
}
