package import Modbus

/// Reads whose answers cannot be taken for those of another read.
///
/// Servers answer in order. So an answer that can only belong to the last request says that no
/// earlier one is under way any more, whatever it holds: data, or an exception.
package enum DistinctRead {
    /// What may be read in place of `range`: one register fewer, as a part of what the device is
    /// known to have; one more; or the same of the other table.
    package static func candidates(for range: RegisterRange) -> [RegisterRange] {
        let step: UInt16 = range.table.isBits ? 8 : 1
        var candidates: [RegisterRange] = []
        if range.count > step {
            candidates.append(
                RegisterRange(range.table, at: range.address, count: range.count - step))
        }
        if range.count + step <= range.table.readLimit, range.end + Int(step) <= 65_536 {
            candidates.append(
                RegisterRange(range.table, at: range.address, count: range.count + step))
        }
        let twin: RegisterTable =
            switch range.table {
            case .coil: .discrete
            case .discrete: .coil
            case .input: .holding
            case .holding: .input
            }
        candidates.append(RegisterRange(twin, at: range.address, count: range.count))
        return candidates
    }
}

extension ModbusRequest {
    /// The read that shows whether this write was carried out; `nil` where it is no write.
    var readBack: RegisterRange? {
        switch self {
        case .writeCoil(let address, _): RegisterRange(.coil, at: address, count: 1)
        case .writeRegister(let address, _): RegisterRange(.holding, at: address, count: 1)
        case .writeCoils(let address, let values):
            RegisterRange(.coil, at: address, count: UInt16(values.count))
        case .writeRegisters(let address, let values):
            RegisterRange(.holding, at: address, count: UInt16(values.count))
        case .read, .readDeviceIdentification: nil
        }
    }

    /// Whether the registers read back hold what this request wrote.
    func isCarriedOut(in response: ModbusResponse) -> Bool {
        switch (self, response) {
        case (.writeCoil(_, let value), .bits(let bits)): bits == [value]
        case (.writeRegister(_, let value), .registers(let words)): words == [value]
        case (.writeCoils(_, let values), .bits(let bits)): bits == values
        case (.writeRegisters(_, let values), .registers(let words)): words == values
        default: false
        }
    }
}
