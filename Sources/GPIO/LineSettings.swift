/// A GPIO line as the machine has it: a chip, an offset on it, and how it is wired.
package struct LineSettings: Hashable, Sendable {
    /// The name, the label or the path of the chip: `gpiochip0`, `pinctrl-bcm2711`,
    /// `/dev/gpiochip0`.
    package var chip: String
    /// Which of the chip's lines, from 0.
    package var offset: Int
    /// Whether a low voltage means active.
    package var isActiveLow: Bool
    package var bias: LineBias
    /// For an output.
    package var drive: LineDrive
    /// For an input: how long it must stay the same to count.
    package var debouncePeriod: Duration

    package init(
        chip: String, offset: Int, isActiveLow: Bool = false, bias: LineBias = .asIs,
        drive: LineDrive = .pushPull, debouncePeriod: Duration = .zero
    ) {
        self.chip = chip
        self.offset = offset
        self.isActiveLow = isActiveLow
        self.bias = bias
        self.drive = drive
        self.debouncePeriod = debouncePeriod
    }
}

/// What holds a line while nothing drives it. Source: Linux GPIO uAPI v2, line flags.
package enum LineBias: String, CaseIterable, Hashable, Sendable {
    /// As the boot loader or the device tree left it.
    case asIs = "as-is"
    case disabled
    case pullUp = "pull-up"
    case pullDown = "pull-down"
}

/// How an output drives its line. Source: Linux GPIO uAPI v2, line flags.
package enum LineDrive: String, CaseIterable, Hashable, Sendable {
    case pushPull = "push-pull"
    case openDrain = "open-drain"
    case openSource = "open-source"
}

/// What a line is used for, once it is claimed.
package enum LineDirection: Hashable, Sendable {
    case input
    /// An output that is made active or inactive in the moment it is claimed.
    case output(initiallyActive: Bool)
}
