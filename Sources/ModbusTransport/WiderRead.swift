package import Modbus

/// Reads that hold what another holds, and whose answers cannot be taken for that one's.
package enum WiderRead {
    /// What may be read in place of `range`: up to three registers more, behind or before it.
    package static func candidates(for range: RegisterRange) -> [RegisterRange] {
        let step = range.table.isBits ? 8 : 1
        var candidates: [RegisterRange] = []
        for more in [step, 2 * step, 3 * step] {
            let count = Int(range.count) + more
            guard count <= Int(range.table.readLimit) else { continue }
            for start in [Int(range.address), Int(range.address) - step]
            where start >= 0 && start + count <= 65_536 {
                candidates.append(
                    RegisterRange(range.table, at: UInt16(start), count: UInt16(count)))
            }
        }
        return candidates
    }

    /// The part of an answer to a read of `range` that a read of `part` would have brought.
    ///
    /// - Returns: `nil` where the answer is none to such a read.
    package static func part(
        _ part: RegisterRange, of response: ModbusResponse, to range: RegisterRange
    ) -> ModbusResponse? {
        guard range.contains(part) else { return nil }
        let start = Int(part.address - range.address)
        let places = start..<start + Int(part.count)
        switch response {
        case .registers(let words) where words.count >= places.upperBound:
            return .registers(Array(words[places]))
        case .bits(let bits) where bits.count >= places.upperBound:
            return .bits(Array(bits[places]))
        default: return nil
        }
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
