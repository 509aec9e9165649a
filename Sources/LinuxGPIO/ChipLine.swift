internal import CGPIOD
import Execution
import GPIO
import Glibc

/// One line of a chip, as its thread has it.
final class ChipLine {
    let claim: LineClaim
    private(set) var handle: OpaquePointer?
    /// Why the line cannot be used; `nil` while it is claimed.
    private(set) var fault: LineFault? = .notRead
    /// What was told of an input last.
    private var told: LineState?
    /// The fault of an output that was told last.
    private var toldFault: LineFault?
    private var debouncer: Debouncer?

    init(_ claim: LineClaim) {
        self.claim = claim
    }

    var isInput: Bool { claim.direction == .input }

    /// Readable when an edge waits; -1 for an output, or where the line is not claimed.
    var descriptor: CInt {
        guard isInput, let handle else { return -1 }
        return linli_gpio_descriptor(handle)
    }

    /// Claims the line; an output is at its initial state from that moment on.
    ///
    /// - Returns: Whether that is news.
    func claim(on chip: OpaquePointer) -> Bool {
        guard handle == nil else { return false }
        let settings = claim.settings
        guard settings.offset < linli_gpio_chip_lines(chip) else {
            return fail(.noSuchLine(chip: settings.chip, offset: settings.offset))
        }
        var wanted = linli_gpio_settings()
        wanted.is_active_low = settings.isActiveLow ? 1 : 0
        wanted.bias = CInt(LineBias.allCases.firstIndex(of: settings.bias) ?? 0)
        wanted.drive = CInt(LineDrive.allCases.firstIndex(of: settings.drive) ?? 0)
        if case .output(let isActive) = claim.direction {
            wanted.is_output = 1
            wanted.initial = isActive ? 1 : 0
        } else if linli_gpio_debounces() != 0 {
            wanted.debounce_microseconds = UInt64(settings.debouncePeriod.nanoseconds / 1_000)
        }
        let consumer = "linli " + claim.name.description
        handle = linli_gpio_claim(chip, UInt32(settings.offset), &wanted, consumer)
        guard handle != nil else { return fail(reason(on: chip, errno)) }
        fault = nil
        toldFault = nil
        let isOurs = isInput && linli_gpio_debounces() == 0 && settings.debouncePeriod > .zero
        debouncer = isOurs ? Debouncer(period: settings.debouncePeriod) : nil
        return true
    }

    /// The fault of an output, where it is news.
    func newFault() -> LineFault? {
        guard !isInput, fault != toldFault else { return nil }
        toldFault = fault
        return fault
    }

    /// Gives the line up: its chip is gone, or its thread ends.
    func release(_ fault: LineFault) {
        if let handle { linli_gpio_release(handle) }
        handle = nil
        self.fault = fault
    }

    /// Makes an output active or inactive.
    func set(_ isActive: Bool) -> LineFault? {
        guard let handle else { return fault ?? .stopped }
        return linli_gpio_set(handle, isActive ? 1 : 0) == 0 ? nil : .refused(errno: errno)
    }

    /// The level now; `nil` and `errno` where it cannot be had.
    func level() -> Bool? {
        guard let handle else { return nil }
        let level = linli_gpio_get(handle)
        return level < 0 ? nil : level == 1
    }

    /// Takes an edge that waits.
    ///
    /// - Returns: `nil` where it cannot be taken.
    func takeEdge() -> (isActive: Bool, time: MonotonicTime)? {
        var edge = linli_gpio_edge()
        guard let handle, linli_gpio_take_edge(handle, &edge) == 0 else { return nil }
        return (edge.is_active == 1, MonotonicTime(nanoseconds: edge.nanoseconds))
    }

    /// What there is to tell after a level was seen.
    func change(seeing isActive: Bool, at time: MonotonicTime) -> LineChange? {
        guard debouncer != nil else { return change(to: LineState(isActive: isActive), at: time) }
        guard let settled = debouncer?.see(isActive, at: time) else { return nil }
        return change(to: LineState(isActive: settled.isActive), at: settled.time)
    }

    /// What there is to tell once time has passed.
    func change(at now: MonotonicTime) -> LineChange? {
        guard let settled = debouncer?.settle(at: now) else { return nil }
        return change(to: LineState(isActive: settled.isActive), at: settled.time)
    }

    var nextWakeUp: MonotonicTime? { debouncer?.nextWakeUp }

    /// What there is to tell of an input that cannot be read.
    func change(toFaultAt now: MonotonicTime) -> LineChange? {
        change(to: .unknown(fault ?? .stopped), at: now)
    }

    private func change(to state: LineState, at time: MonotonicTime) -> LineChange? {
        guard isInput, told != state else { return nil }
        told = state
        return LineChange(claim.name, state, at: time)
    }

    private func fail(_ reason: LineFault) -> Bool {
        defer { fault = reason }
        return fault != reason
    }

    private func reason(on chip: OpaquePointer, _ code: CInt) -> LineFault {
        guard code == EBUSY else { return .refused(errno: code) }
        var user = [CChar](repeating: 0, count: 64)
        guard linli_gpio_user(chip, UInt32(claim.settings.offset), &user, user.count) == 0 else {
            return .refused(errno: code)
        }
        let name = user.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        return .taken(by: name.isEmpty ? "another program" : String(decoding: name, as: UTF8.self))
    }
}
