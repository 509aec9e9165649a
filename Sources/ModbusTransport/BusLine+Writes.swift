package import Modbus

/// Which of two functions a device takes for one coil, and for one register.
///
/// Many devices know only one of functions 6 and 16, or 5 and 15; the other they refuse with
/// exception 1, which says that nothing was done. A pure value.
package struct WriteForms: Sendable {
    private struct Key: Hashable, Sendable {
        let unit: UnitIdentifier
        let isCoil: Bool
    }

    private var takesSeveral: [Key: Bool] = [:]

    package init() {}

    /// The same write with the other function; `nil` where there is none.
    package static func other(than request: ModbusRequest) -> ModbusRequest? {
        switch request {
        case .writeCoil(let address, let value): .writeCoils(address: address, [value])
        case .writeRegister(let address, let value): .writeRegisters(address: address, [value])
        case .writeCoils(let address, let values) where values.count == 1:
            .writeCoil(address: address, values[0])
        case .writeRegisters(let address, let values) where values.count == 1:
            .writeRegister(address: address, values[0])
        case .read, .readDeviceIdentification, .writeCoils, .writeRegisters: nil
        }
    }

    /// The request as the device takes it, by what is known.
    package func form(of request: ModbusRequest, for unit: UnitIdentifier) -> ModbusRequest {
        guard let other = Self.other(than: request),
            let several = takesSeveral[Key(unit: unit, isCoil: request.isCoilWrite)]
        else { return request }
        return several == request.isWriteOfSeveral ? request : other
    }

    /// Takes note that a device took a request whose other form it had refused.
    package mutating func learn(_ request: ModbusRequest, for unit: UnitIdentifier) {
        takesSeveral[Key(unit: unit, isCoil: request.isCoilWrite)] = request.isWriteOfSeveral
    }
}

extension ModbusRequest {
    fileprivate var isCoilWrite: Bool {
        switch self {
        case .writeCoil, .writeCoils: true
        default: false
        }
    }

    fileprivate var isWriteOfSeveral: Bool {
        switch self {
        case .writeCoils, .writeRegisters: true
        default: false
        }
    }

    /// What a read of the written place returns once the write is carried out.
    fileprivate var whatIsWritten: (range: RegisterRange, value: ModbusResponse)? {
        switch self {
        case .writeCoil(let address, let value):
            (RegisterRange(.coil, at: address, count: 1), .bits([value]))
        case .writeCoils(let address, let values):
            (RegisterRange(.coil, at: address, count: UInt16(values.count)), .bits(values))
        case .writeRegister(let address, let value):
            (RegisterRange(.holding, at: address, count: 1), .registers([value]))
        case .writeRegisters(let address, let values):
            (RegisterRange(.holding, at: address, count: UInt16(values.count)), .registers(values))
        case .read, .readDeviceIdentification: nil
        }
    }
}

extension BusLine {
    /// When an odd confirmation, and when "accepted, in progress", is looked into.
    private static let oddPauses: [Duration] = [.zero, .milliseconds(200)]
    private static let progressPauses: [Duration] = [
        .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800),
    ]

    /// Reads back what a write was to write, where its confirmation was none by the standard.
    ///
    /// - Returns: `nil` where that does not show that it was written.
    func readBack(
        _ call: ModbusCall, after error: ModbusError
    ) throws(ModbusError) -> ModbusReply? {
        let pauses: [Duration]
        switch error {
        case .corrupt(.garbage), .corrupt(.length): pauses = Self.oddPauses
        case .exception(.acknowledge): pauses = Self.progressPauses
        default: return nil
        }
        guard let written = call.request.whatIsWritten, call.unit != .broadcast else { return nil }
        var read = call
        read.request = .read(written.range)
        for wait in pauses {
            pause(for: wait)
            guard case .success(var reply) = try once(read) else { continue }
            guard reply.response == written.value else { continue }
            counters.update { $0.findings.readBack += 1 }
            reply.response = .written
            return reply
        }
        return nil
    }
}
