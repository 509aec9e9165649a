package import DeviceProfiles
package import Execution
package import Metering
package import Modbus

/// What polling knows of one device.
package struct PollTarget: Hashable, Sendable {
    package let device: DeviceIdentifier
    package let unit: UnitIdentifier
    package let interval: PollInterval
    package let limits: ProfileLimits
    package let timing: ExchangeTiming
    package let points: [PolledPoint]
    /// Whether an alarm, a valve, a strike, a door or a charger needs it: it is asked before all
    /// others, and never left alone for long.
    package var isUrgent = false

    package init(
        device: DeviceIdentifier, unit: UnitIdentifier, interval: PollInterval,
        limits: ProfileLimits, timing: ExchangeTiming, points: [PolledPoint]
    ) {
        self.device = device
        self.unit = unit
        self.interval = interval
        self.limits = limits
        self.timing = timing
        self.points = points
    }
}

/// One point that is read in each turn of its device.
package struct PolledPoint: Hashable, Sendable {
    /// Its place in the catalog of the site.
    package let index: PointIndex
    package let profile: PointProfile

    package init(index: PointIndex, profile: PointProfile) {
        self.index = index
        self.profile = profile
    }
}

/// What the schedule of a bus wants done next.
package enum PollStep: Hashable, Sendable {
    case read(PollRead)
    /// Nothing is due before this moment. The clock may be set meanwhile, so it is never far.
    case sleep(until: MonotonicTime)
}

/// One read that a schedule asks for. It is handed back with the outcome.
package struct PollRead: Hashable, Sendable {
    package let call: ModbusCall
    /// When it was asked for.
    let asked: MonotonicTime
    /// The device's place in the schedule.
    let device: Int
    let purpose: Purpose

    enum Purpose: Hashable, Sendable {
        /// The read at this place of the device's plan.
        case poll(Int)
        /// One part of the merged read that the turn has come to, which found silence.
        case scout
        case probe
    }
}

/// A change that someone may want to know of.
package enum PollChange: Hashable, Sendable {
    /// The device no longer answers and is only probed.
    case fellSilent(DeviceIdentifier)
    /// The device answers again, after this long.
    case recovered(DeviceIdentifier, after: Duration)
    /// A merged read was refused, and is from now on done in these parts.
    case split(DeviceIdentifier, RegisterRange, into: [RegisterRange])
    /// The device answers all that it is asked with exceptions.
    case refusesAll(DeviceIdentifier, ModbusException)
    /// The device gives values again.
    case acceptsAgain(DeviceIdentifier)
    /// The bus is not free in time for this share of the device's turns.
    case overloaded(DeviceIdentifier, percent: Int)
    /// The device is read as often as is asked again.
    case keepsUp(DeviceIdentifier)
    /// The device answers this range with an exception: its profile and it disagree.
    case refused(DeviceIdentifier, RegisterRange, ModbusException)
}

/// What a device's polling has counted since it was started.
package struct PollCounters: Hashable, Sendable {
    package var turns: UInt64 = 0
    package var answers: UInt64 = 0
    package var timeouts: UInt64 = 0
    package var exceptions: UInt64 = 0
    package var busy: UInt64 = 0
    package var corrupt: UInt64 = 0
    package var probes: UInt64 = 0
    /// Turns left out because the bus was not free in time.
    package var overruns: UInt64 = 0
    /// When the device last answered.
    package var lastAnswer: Timestamp?
    /// How long its last answer took, from the first byte sent.
    package var lastBusTime: Duration?
    package var lastFault: ModbusError?

    package init() {}
}
