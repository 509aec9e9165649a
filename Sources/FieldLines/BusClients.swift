package import DeviceProfiles
import Execution
package import GPIO
package import Metering
package import Modbus
package import SiteConfiguration
import Synchronization

/// The buses of the running site by name, for whoever sends commands to their devices.
package final class BusClients: Sendable {
    private let clients = Mutex<[String: ModbusClient]>([:])

    package init() {}

    package func set(_ client: ModbusClient?, for bus: String) {
        clients.withLock { $0[bus] = client }
    }

    package subscript(bus: String) -> ModbusClient? { clients.withLock { $0[bus] } }
}

extension OutputLine {
    /// A coil or register of a device, written before any poll.
    ///
    /// - Precondition: The point can be switched: the site's document has made sure of it.
    init(
        _ reference: LineReference, _ point: PointProfile, of device: DeviceConfiguration,
        _ buses: BusClients
    ) {
        self.init(reference.name) { isActive throws(LineFault) in
            let number = ScaledInteger(isActive != reference.isActiveLow ? 1 : 0)
            try await buses.write(number, to: point, of: device)
        }
    }
}

extension BusClients {
    /// Writes a number to a point of a device, before any poll, and returns when the device has
    /// confirmed.
    package func write(
        _ number: ScaledInteger, to point: PointProfile, of device: DeviceConfiguration
    ) async throws(LineFault) {
        guard let client = self[device.bus], let request = ModbusRequest(writing: number, to: point)
        else { throw .stopped }
        let call = ModbusCall(
            request, to: device.unit, priority: .command, timing: device.timing)
        do {
            _ = try await client.perform(call)
        } catch {
            throw LineFault(error)
        }
    }
}

extension ModbusRequest {
    /// The shortest write that makes a point hold a number.
    ///
    /// - Returns: `nil` where the point cannot hold it.
    init?(writing number: ScaledInteger, to point: PointProfile) {
        if point.range.table.isBits {
            guard let bit = point.rawBit(for: number) else { return nil }
            self = .writeCoil(address: point.range.address, bit)
        } else if let words = point.rawWords(for: number) {
            self =
                words.count == 1
                ? .writeRegister(address: point.range.address, words[0])
                : .writeRegisters(address: point.range.address, words)
        } else {
            return nil
        }
    }
}

extension LineFault {
    /// Why a relay board did not switch.
    init(_ error: ModbusError) {
        self =
            switch error {
            case .timeout, .corrupt, .resting: .silent
            case .exception(let exception): .exception(exception.rawValue)
            case .disconnected(let errno): .refused(errno: errno)
            case .cancelled, .queueFull: .stopped
            }
    }
}
