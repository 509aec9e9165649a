import AccessControl
import Alarms
import Charging
import Execution
import GPIO
import Lighting
import Logging
import SiteConfiguration

/// What alarms want of the other services.
extension Services {
    /// - Parameter lines: All outputs of the site.
    func alarmEffects(
        _ lines: [LineName: OutputLine],
        save: @escaping @Sendable (AlarmLatches) async -> Bool
    ) -> AlarmEffects {
        AlarmEffects(
            lines: lines,
            holdCircuit: { (name, isOn) throws(LineFault) in try await hold(circuit: name, isOn) },
            holdDoor: { [access] (name, isReleased) throws(LineFault) in
                try await access.hold(door: name, isReleased)
            },
            holdCharging: { (name, isHeld) throws(LineFault) in
                try await hold(charging: name, isHeld)
            },
            record: record, save: save)
    }

    /// No alarm acts on these circuits, doors and chargers any more.
    func letGo(_ outputs: [AlarmOutput]) async {
        for output in outputs {
            do throws(LineFault) {
                switch output {
                case .line: break
                case .circuit(let name): try await hold(circuit: name, nil)
                case .door(let name): try await access.hold(door: name, false)
                case .charging(let name): try await hold(charging: name, false)
                }
            } catch {
                // It is not in the document any more, or its strike does not answer: the door
                // goes on trying by itself.
                logger.notice("Not let go", metadata: ["output": "\(output)", "fault": "\(error)"])
            }
        }
    }

    private func hold(circuit name: String, _ isOn: Bool?) async throws(LineFault) {
        guard let service = lighting.all.first else { throw .stopped }
        try await service.hold(name, isOn: isOn)
    }

    /// What an alarm wants of a charger or a group outlasts a change of the group.
    private func hold(charging name: String, _ isHeld: Bool) async throws(LineFault) {
        heldChargers.withLock { held in
            if isHeld { held.insert(name) } else { held.remove(name) }
        }
        guard let service = charging.all.first(where: { $0.holds(name) }) else { throw .stopped }
        await service.hold(name, isHeld)
    }
}
