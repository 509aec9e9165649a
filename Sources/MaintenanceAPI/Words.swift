import Execution
package import Metering
import Modbus

extension Duration {
    /// For example `10s`, `15m`, `250ms`.
    package var shortText: String {
        let milliseconds = milliseconds
        if milliseconds % 86_400_000 == 0 { return "\(milliseconds / 86_400_000)d" }
        if milliseconds % 3_600_000 == 0 { return "\(milliseconds / 3_600_000)h" }
        if milliseconds % 60_000 == 0 { return "\(milliseconds / 60_000)m" }
        if milliseconds % 1_000 == 0 { return "\(milliseconds / 1_000)s" }
        return "\(milliseconds)ms"
    }
}

extension Quality {
    package var words: String {
        switch self {
        case .good: "good"
        case .uncertain(.outOfRange): "uncertain: outside the range of its profile"
        case .uncertain(.wentBackwards): "uncertain: the counter went backwards"
        case .uncertain(.rolledOver): "uncertain: the counter rolled over"
        case .uncertain(.jumped): "uncertain: the counter jumped"
        case .missing(.timeout): "missing: no answer in time"
        case .missing(.exception(let code)):
            "missing: exception \(ModbusException(rawValue: code).words)"
        case .missing(.corrupt): "missing: the answer was damaged"
        case .missing(.disconnected): "missing: the bus is not connected"
        case .missing(.silent): "missing: the device is silent"
        case .missing(.busy): "missing: the device is busy"
        case .missing(.notANumber): "missing: the registers hold no number"
        case .missing(.notAsked): "missing: not asked"
        }
    }
}

extension [String] {
    /// The first few, and how many others: for a line of text.
    package var listed: String {
        let named = prefix(5).joined(separator: ", ")
        return count > 5 ? "\(named) and \(count - 5) more" : named
    }

    /// Each once, in the order of the first.
    package var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
