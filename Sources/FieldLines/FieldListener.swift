package import GPIO
package import Metering

/// Who hears at once what becomes of readings, lines and devices, on the thread that found out:
/// nothing here may block or suspend.
package struct FieldListener: Sendable {
    package var readings: @Sendable ([Reading]) -> Void
    /// An input line has become something.
    package var input: @Sendable (LineChange) -> Void
    /// A device has fallen silent (`true`), or answers again.
    package var silence: @Sendable (DeviceIdentifier, _ isSilent: Bool) -> Void
    /// An output cannot be switched, for now.
    package var failed: @Sendable (LineName) -> Void
    /// An output can be switched again, and may have forgotten what it was told.
    package var restored: @Sendable (LineName, Restoration) -> Void

    /// Why an output has to be told again.
    package enum Restoration: Hashable, Sendable {
        /// Its chip is back, its board has moved, or somebody else has written to it.
        case byItself
        /// Its board answers again, which was told as well.
        case withItsDevice
        /// It was found to be what it was not told: another master, a board that was without power.
        case contrary
    }

    package init(
        readings: @escaping @Sendable ([Reading]) -> Void = { _ in },
        input: @escaping @Sendable (LineChange) -> Void = { _ in },
        silence: @escaping @Sendable (DeviceIdentifier, _ isSilent: Bool) -> Void = { _, _ in },
        failed: @escaping @Sendable (LineName) -> Void = { _ in },
        restored: @escaping @Sendable (LineName, Restoration) -> Void = { _, _ in }
    ) {
        self.readings = readings
        self.input = input
        self.silence = silence
        self.failed = failed
        self.restored = restored
    }
}
