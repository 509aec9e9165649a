import Execution
import GPIO
import LinuxGPIO

/// A GPIO chip of the board, with what hangs on its lines.
// `@unchecked`: only touched by the thread that has the baton.
final class FieldChip: @unchecked Sendable {
    let name: String
    private(set) var isPresent = true
    /// What the outputs are driven to, by offset; `nil` where nobody drives them.
    private(set) var driven: [Int: Bool] = [:]
    private var sensed: [Int: Bool] = [:]
    private var claims: [LineClaim] = []
    private var tell: (ChipEvent) -> Void = { _ in }
    private var boot = 0
    private var bootedAt: Int64 = 0
    /// Called when an output changes.
    var onDrive: (_ offset: Int, _ isActive: Bool) -> Void = { _, _ in }

    init(_ name: String) {
        self.name = name
    }

    /// The lines as the gateway of this boot has them.
    func lines(
        _ claims: [LineClaim], bootedAt: Int64, _ tell: @escaping @Sendable (ChipEvent) -> Void
    ) -> ChipLines {
        let own = VirtualMachine.shared.boot
        (boot, self.bootedAt, self.tell, self.claims) = (own, bootedAt, tell, [])
        take(claims)
        return ChipLines(
            output: { [self] name in
                OutputLine(name) { [self] isActive throws(LineFault) in
                    guard own == boot else { throw .stopped }
                    try set(name, isActive)
                }
            },
            use: { [self] in if own == boot { take($0) } },
            close: { [self] in if own == boot { take([]) } })
    }

    /// The board has no power: nothing is driven.
    func powerFailed() {
        claims = []
        tell = { _ in }
        for offset in driven.keys.sorted() { drive(offset, nil) }
    }

    /// Somebody or something makes an input active or inactive.
    func sense(_ offset: Int, _ isActive: Bool) {
        guard sensed[offset] != isActive else { return }
        sensed[offset] = isActive
        guard isPresent, let claim = claims.first(where: { $0.settings.offset == offset }),
            claim.direction == .input
        else { return }
        tell(.changed(change(claim)))
    }

    /// The chip is pulled out, or put in again.
    func set(isPresent: Bool) {
        guard isPresent != self.isPresent else { return }
        self.isPresent = isPresent
        if !isPresent { for offset in driven.keys.sorted() { drive(offset, nil) } }
        announce(claims)
    }

    private func take(_ next: [LineClaim]) {
        for claim in claims where !next.contains(claim) {
            if case .output = claim.direction { drive(claim.settings.offset, nil) }
        }
        let new = next.filter { !claims.contains($0) }
        claims = next
        announce(new)
    }

    private func announce(_ claims: [LineClaim]) {
        for claim in claims {
            switch claim.direction {
            case .input: tell(.changed(change(claim)))
            case .output(let isActive):
                if isPresent {
                    drive(claim.settings.offset, isActive)
                    tell(.restored(claim.name))
                } else {
                    tell(.failed(claim.name, .chipMissing(name)))
                }
            }
        }
    }

    private func set(_ name: LineName, _ isActive: Bool) throws(LineFault) {
        guard let claim = claims.first(where: { $0.name == name }) else { throw .stopped }
        guard isPresent else { throw .chipMissing(self.name) }
        drive(claim.settings.offset, isActive)
    }

    private func drive(_ offset: Int, _ isActive: Bool?) {
        let before = driven[offset] ?? false
        driven[offset] = isActive
        if before != (isActive ?? false) { onDrive(offset, isActive ?? false) }
    }

    private func change(_ claim: LineClaim) -> LineChange {
        let isActive = sensed[claim.settings.offset] ?? false
        return LineChange(
            claim.name,
            isPresent ? LineState(isActive: isActive) : .unknown(.chipMissing(name)),
            at: MonotonicTime(nanoseconds: VirtualMachine.shared.now - bootedAt))
    }
}
