package import DeviceProfiles
package import Metering

/// One setting of a device, to be written once.
package struct LightingHardwareSetting: Hashable, Sendable {
    package let point: PointProfile
    package let value: ScaledInteger

    package init(point: PointProfile, value: ScaledInteger) {
        self.point = point
        self.value = value
    }
}

extension LightingCircuit {
    /// What must be written to a device so that it puts this circuit into its safe state by
    /// itself, when the gateway has stopped asking it.
    ///
    /// Known are the relays of Wiren Board (`config.relayN.safeState`, `.safetyBehaviour`) and
    /// its dimmers (`config.lightN.safety.action`), with the timer of the whole board and, where
    /// it has one, what it does when its power comes on.
    ///
    /// - Parameter device: A device of the document.
    /// - Returns: Nothing where the device does not switch this circuit, or cannot be told.
    package func hardwareSafeState(of device: DeviceConfiguration) -> [LightingHardwareSetting] {
        var switched: [[Substring]] = []
        if case .point(device.id, let point) = line?.source {
            switched.append(point.name.description.split(separator: "."))
        }
        if let dimmer, dimmer.device == device.id {
            switched.append(dimmer.point.name.description.split(separator: "."))
        }
        var settings: [LightingHardwareSetting] = []
        for words in switched where words.count >= 2 {
            let own = "config.\(words[0])\(words[1])"
            let isOn = safeState == .on
            let wanted: [(name: String, value: Int64)]
            switch words[0] {
            case "relay":
                wanted = [("\(own).safeState", isOn ? 1 : 0), ("\(own).safetyBehaviour", 1)]
            case "light":
                wanted = [("\(own).safety.action", isOn ? 2 : 1)]
            default: continue
            }
            // Half of it would be worse than nothing: a board that goes to a state nobody chose.
            let found = wanted.compactMap { device.setting($0.name, $0.value) }
            guard found.count == wanted.count,
                let timer = device.setting("config.safety.timer", device.safetyTimerSeconds)
            else { continue }
            settings += found + [timer]
            // 0: as in the safe state, until the gateway has said better.
            if let powerOn = device.setting("config.powerOn", 0) { settings.append(powerOn) }
        }
        var known: Set<LightingHardwareSetting> = []
        return settings.filter { known.insert($0).inserted }
    }
}

extension DeviceConfiguration {
    /// A minute, or three times as long as the device is left alone between two polls.
    fileprivate var safetyTimerSeconds: Int64 {
        max(60, every.components.seconds * 3)
    }

    fileprivate func setting(_ name: String, _ value: Int64) -> LightingHardwareSetting? {
        guard let name = PointName(name), let point = profile.point(named: name),
            point.access.isWritable, point.rawWords(for: ScaledInteger(value)) != nil
        else { return nil }
        return LightingHardwareSetting(point: point, value: ScaledInteger(value))
    }
}
