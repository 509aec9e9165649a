import Delivery
import DevicePolling
import Execution
import Logging
import Metering
import Modbus
import ModbusTransport
import Telemetry

/// A change in a part of the gateway: it is logged once, and where it matters to others recorded
/// as an event.
enum StateChange: Hashable, Sendable {
    case bus(String, BusChange)
    case poll(PollChange)
    case meter(MeterChange)
    case delivery(String, DeliveryChange)
    /// Why a destination gets nothing, where that was not told today.
    case deliveryFault(String, UplinkFault)
    /// The code reader of a bank of lockers cannot be read, or is read again.
    case reader(String, failure: Int32?)

    /// What it says in the log.
    func log(to logger: Logger) {
        switch self {
        case .bus(let name, .connected):
            logger.notice("Bus connected", metadata: ["bus.name": "\(name)"])
        case .bus(let name, .disconnected(let errno)):
            logger.warning(
                "Bus not connected",
                metadata: ["bus.name": "\(name)", "error": "\(SystemError.text(errno))"])
        case .bus(let name, .answersLate(let unit, let latency)):
            logger.warning(
                "Answers arrive late",
                metadata: [
                    "bus.name": "\(name)", "modbus.unit": "\(unit)", "after": "\(latency)",
                ])
        case .bus(let name, .answersTwice(let unit)):
            logger.warning(
                "Answers arrive twice",
                metadata: ["bus.name": "\(name)", "modbus.unit": "\(unit)"])
        case .bus(let name, .echoes):
            logger.warning("Adapter echoes what is sent", metadata: ["bus.name": "\(name)"])
        case .poll(.fellSilent(let device)):
            logger.warning("Device silent", metadata: ["device.id": "\(device)"])
        case .poll(.recovered(let device, let after)):
            logger.notice(
                "Device answers again",
                metadata: ["device.id": "\(device)", "after": "\(after)"])
        case .poll(.split(let device, let range, let parts)):
            logger.notice(
                "Merged read split",
                metadata: [
                    "device.id": "\(device)", "range": "\(range)",
                    "parts": "\(parts.map(\.description).joined(separator: ", "))",
                ])
        case .poll(.refused(let device, let range, let exception)):
            logger.warning(
                "Device refuses a read",
                metadata: [
                    "device.id": "\(device)", "range": "\(range)",
                    "exception": "\(exception.rawValue)",
                ])
        case .poll(.refusesAll(let device, let exception)):
            logger.warning(
                "Device refuses everything",
                metadata: ["device.id": "\(device)", "exception": "\(exception.rawValue)"])
        case .poll(.acceptsAgain(let device)):
            logger.notice("Device gives values again", metadata: ["device.id": "\(device)"])
        case .poll(.overloaded(let device, let percent)):
            logger.warning(
                "Bus overloaded: turns left out",
                metadata: ["device.id": "\(device)", "percent": "\(percent)"])
        case .poll(.keepsUp(let device)):
            logger.notice("Bus keeps its intervals again", metadata: ["device.id": "\(device)"])
        case .meter(let change): change.log(to: logger)
        case .delivery(let name, .connected):
            logger.notice("Destination connected", metadata: ["destination.name": "\(name)"])
        case .delivery(let name, .disconnected(let fault)):
            logger.warning(
                "Destination not connected",
                metadata: ["destination.name": "\(name)", "fault": "\(fault.words)"])
        case .deliveryFault: break  // Each end of a connection is logged.
        case .delivery(let name, .ignored(let fault)):
            logger.warning(
                "Message for the gateway not taken",
                metadata: ["destination.name": "\(name)", "fault": "\(fault.words)"])
        case .delivery(let name, .standing(let key, let fault)):
            logger.error(
                "Message refused, its lane waits",
                metadata: [
                    "destination.name": "\(name)", "key": "\(key)", "fault": "\(fault.words)",
                ])
        case .delivery(let name, .goingOn(let key, let duration)):
            logger.notice(
                "Refused message taken",
                metadata: [
                    "destination.name": "\(name)", "key": "\(key)", "after": "\(duration)",
                ])
        case .delivery(let name, .undated(let lane, let sequence, let count)):
            logger.warning(
                "Records of unknown time left out",
                metadata: [
                    "destination.name": "\(name)", "lane": "\(lane.rawValue)",
                    "batch.sequence": "\(sequence)", "records": "\(count)",
                ])
        case .delivery(let name, .unreadable(let lane, let sequence)):
            logger.error(
                "Stored batch unreadable, passed over",
                metadata: [
                    "destination.name": "\(name)", "lane": "\(lane.rawValue)",
                    "batch.sequence": "\(sequence)",
                ])
        case .delivery(let name, .cacheUnreadable):
            logger.error("Cache not readable", metadata: ["destination.name": "\(name)"])
        case .reader(let bank, nil):
            logger.notice("Code reader read again", metadata: ["locker.bank": "\(bank)"])
        case .reader(let bank, let errno?):
            logger.warning(
                "Code reader not readable",
                metadata: ["locker.bank": "\(bank)", "error": "\(SystemError.text(errno))"])
        }
    }

    /// Whether another such change of the same thing says nothing new, so that it is counted
    /// instead of told. What a bill or a lost message hangs on is told each time.
    var mayRepeat: Bool {
        switch self {
        case .meter(let change): change.kind == .wentBackwards || change.kind == .jumped
        case .delivery(_, .undated), .delivery(_, .unreadable), .deliveryFault: false
        case .bus, .poll, .delivery, .reader: true
        }
    }

    /// What the city and the utilities are told.
    func event(at time: Timestamp) -> Event? {
        switch self {
        case .bus(let name, .connected):
            Event("bus.connected", of: name, at: time)
        case .bus(let name, .disconnected(let errno)):
            Event(
                "bus.disconnected", of: name, at: time, severity: .warning,
                details: ["error": SystemError.text(errno)])
        case .bus(let name, .answersLate(let unit, let latency)):
            Event(
                "bus.answersLate", of: name, at: time, severity: .warning,
                details: ["unit": "\(unit)", "milliseconds": "\(latency.milliseconds)"])
        case .bus(let name, .answersTwice(let unit)):
            Event(
                "bus.answersTwice", of: name, at: time, severity: .warning,
                details: ["unit": "\(unit)"])
        case .bus(let name, .echoes):
            Event("bus.echoes", of: name, at: time, severity: .warning)
        case .poll(.fellSilent(let device)):
            Event("device.silent", of: device.description, at: time, severity: .warning)
        case .poll(.recovered(let device, let after)):
            Event(
                "device.recovered", of: device.description, at: time,
                details: ["seconds": "\(after.components.seconds)"])
        case .poll(.refused(let device, let range, let exception)):
            Event(
                "device.refused", of: device.description, at: time, severity: .warning,
                details: ["range": "\(range)", "exception": "\(exception.rawValue)"])
        case .deliveryFault(let name, let fault):
            Event(
                "delivery.interrupted", of: name, at: time, severity: .warning,
                details: ["fault": fault.words])
        case .delivery(let name, .ignored(let fault)):
            Event(
                "delivery.ignored", of: name, at: time, severity: .warning,
                details: ["fault": fault.words])
        case .poll(.refusesAll(let device, let exception)):
            Event(
                "device.refusing", of: device.description, at: time, severity: .warning,
                details: ["exception": "\(exception.rawValue)"])
        case .poll(.acceptsAgain(let device)):
            Event("device.accepting", of: device.description, at: time)
        case .poll(.overloaded(let device, let percent)):
            Event(
                "device.overrun", of: device.description, at: time, severity: .warning,
                details: [
                    "percent": "\(percent)",
                    "advice": "raise every, list less under read, or divide the bus",
                ])
        case .poll(.keepsUp(let device)):
            Event("device.keepsUp", of: device.description, at: time)
        case .meter(let change): change.event
        case .delivery(let name, .standing(let key, let fault)):
            Event(
                "delivery.refused", of: name, at: time, severity: .warning,
                details: ["key": key.description, "fault": fault.words])
        case .delivery(let name, .goingOn(let key, let duration)):
            Event(
                "delivery.resumed", of: name, at: time,
                details: [
                    "key": key.description, "seconds": "\(duration.components.seconds)",
                ])
        case .delivery(let name, .undated(let lane, let sequence, let count)):
            Event(
                "delivery.undated", of: name, at: time, severity: .warning,
                details: [
                    "lane": lane.rawValue, "sequence": "\(sequence)", "records": "\(count)",
                ])
        case .delivery(let name, .unreadable(let lane, let sequence)):
            Event(
                "delivery.unreadable", of: name, at: time, severity: .warning,
                details: ["lane": lane.rawValue, "sequence": "\(sequence)"])
        case .reader(let bank, nil): Event("reader.restored", of: bank, at: time)
        case .reader(let bank, let errno?):
            Event(
                "reader.failed", of: bank, at: time, severity: .warning,
                details: ["error": SystemError.text(errno)])
        case .poll(.split), .delivery: nil
        }
    }
}
