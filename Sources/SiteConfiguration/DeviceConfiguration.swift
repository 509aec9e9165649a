package import DeviceProfiles
package import Metering
package import Modbus

/// One device: what it is, where it is reached, and what is read from it how often.
package struct DeviceConfiguration: Hashable, Sendable {
    package let id: DeviceIdentifier
    package let profile: DeviceProfile
    /// The name of its bus.
    package let bus: String
    package let unit: UnitIdentifier
    /// How often it is read, aligned to the clock. 100 ms to a day; above a minute it divides
    /// a day evenly.
    package let every: Duration
    /// What is read: the points that `read:` lists, else those the profile polls. Not empty.
    package let points: [PointProfile]
    /// Where it stands, for people and platforms, for example `building: 1, room: "101"`.
    package let place: [String: String]
    /// How its bus is paced for it: see the rule at ``ExchangeTiming/init(device:bus:profile:)``.
    package let timing: ExchangeTiming

    package init(
        id: DeviceIdentifier, profile: DeviceProfile, bus: String, unit: UnitIdentifier,
        every: Duration, points: [PointProfile], place: [String: String], timing: ExchangeTiming
    ) {
        self.id = id
        self.profile = profile
        self.bus = bus
        self.unit = unit
        self.every = every
        self.points = points
        self.place = place
        self.timing = timing
    }
}

extension ExchangeTiming {
    /// Puts together what the device, its bus and its profile say.
    ///
    /// What the device states holds. Else the slower of bus and profile holds, since either may
    /// know a reason to wait. A late answer is expected no shorter than the time-out.
    init(device: TimingOverrides, bus: TimingOverrides, profile: ProfileLimits) {
        let standard = ExchangeTiming()
        func slower(_ left: Duration?, _ right: Duration?) -> Duration? {
            guard let left, let right else { return left ?? right }
            return max(left, right)
        }
        let timeout =
            device.responseTimeout ?? slower(bus.responseTimeout, profile.responseTimeout)
            ?? standard.responseTimeout
        let gap = device.requestGap ?? slower(bus.requestGap, profile.requestGap)
        let late =
            device.lateAnswerLimit ?? slower(bus.lateAnswerLimit, profile.lateAnswerLimit)
            ?? standard.lateAnswerLimit
        self.init(
            responseTimeout: timeout, requestGap: gap ?? standard.requestGap,
            lateAnswerLimit: max(late, timeout), writeGap: profile.writeGap)
    }
}
