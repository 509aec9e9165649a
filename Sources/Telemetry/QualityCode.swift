package import Metering

/// The numbers by which qualities stand on the wire. Never renumber.
package enum QualityCode {
    /// 0 good; 1 to 255 uncertain; from 256 missing; from 512 missing by a Modbus exception.
    package static func code(of quality: Quality) -> Int64 {
        switch quality {
        case .good: 0
        case .uncertain(let reason): Int64(reason.rawValue)
        case .missing(.timeout): 256
        case .missing(.corrupt): 257
        case .missing(.disconnected): 258
        case .missing(.silent): 259
        case .missing(.busy): 260
        case .missing(.notANumber): 261
        case .missing(.notAsked): 262
        case .missing(.exception(let exception)): 512 + Int64(exception)
        }
    }

    /// - Returns: `nil` for a number that stands for nothing.
    package static func quality(of code: Int64) -> Quality? {
        switch code {
        case 0: .good
        case 1...255: Uncertainty(rawValue: UInt8(code)).map { .uncertain($0) }
        case 256: .missing(.timeout)
        case 257: .missing(.corrupt)
        case 258: .missing(.disconnected)
        case 259: .missing(.silent)
        case 260: .missing(.busy)
        case 261: .missing(.notANumber)
        case 262: .missing(.notAsked)
        case 512...767: .missing(.exception(UInt8(code - 512)))
        default: nil
        }
    }

    static func isMissing(_ code: Int64) -> Bool { code >= 256 }
}
