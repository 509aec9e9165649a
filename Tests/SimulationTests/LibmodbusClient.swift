import CModbus
import Execution
import Glibc
import Testing

/// libmodbus as a client that this project did not write, on a thread of its own.
actor LibmodbusClient {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let executor = ThreadExecutor(name: "libmodbus")
    private let handle: ModbusHandle
    private var context: OpaquePointer { handle.context }

    enum Target {
        case line(path: String, baudRate: Int)
        case tcp(host: String, port: UInt16)
    }

    init(_ target: Target) throws {
        let context =
            switch target {
            case .line(let path, let baudRate):
                modbus_new_rtu(path, CInt(baudRate), CChar(UInt8(ascii: "E")), 8, 1)
            case .tcp(let host, let port): modbus_new_tcp_pi(host, String(port))
            }
        handle = ModbusHandle(context: try #require(context))
        modbus_set_response_timeout(context, 20, 0)
        try #require(modbus_connect(context) == 0, "errno \(errno)")
    }

    /// How long an answer is waited for: long at first, since a test machine may be busy.
    func setTimeout(milliseconds: UInt32) {
        modbus_set_response_timeout(context, 0, milliseconds * 1_000)
    }

    func readInput(_ address: Int, count: Int, unit: Int) throws(ClientFault) -> [UInt16] {
        try read(address, count, unit, modbus_read_input_registers)
    }

    func readHolding(_ address: Int, count: Int, unit: Int) throws(ClientFault) -> [UInt16] {
        try read(address, count, unit, modbus_read_registers)
    }

    func readCoils(_ address: Int, count: Int, unit: Int) throws(ClientFault) -> [Bool] {
        modbus_set_slave(context, CInt(unit))
        var bits = [UInt8](repeating: 0, count: count)
        try check(modbus_read_bits(context, CInt(address), CInt(count), &bits))
        return bits.map { $0 != 0 }
    }

    func write(_ address: Int, _ words: [UInt16], unit: Int) throws(ClientFault) {
        modbus_set_slave(context, CInt(unit))
        try check(modbus_write_registers(context, CInt(address), CInt(words.count), words))
    }

    func write(_ address: Int, _ word: UInt16, unit: Int) throws(ClientFault) {
        modbus_set_slave(context, CInt(unit))
        try check(modbus_write_register(context, CInt(address), word))
    }

    func write(_ address: Int, coil: Bool, unit: Int) throws(ClientFault) {
        modbus_set_slave(context, CInt(unit))
        try check(modbus_write_bit(context, CInt(address), coil ? 1 : 0))
    }

    func write(_ address: Int, coils: [Bool], unit: Int) throws(ClientFault) {
        modbus_set_slave(context, CInt(unit))
        let bits: [UInt8] = coils.map { $0 ? 1 : 0 }
        try check(modbus_write_bits(context, CInt(address), CInt(bits.count), bits))
    }

    private func read(
        _ address: Int, _ count: Int, _ unit: Int,
        _ call: (OpaquePointer?, CInt, CInt, UnsafeMutablePointer<UInt16>?) -> CInt
    ) throws(ClientFault) -> [UInt16] {
        modbus_set_slave(context, CInt(unit))
        var words = [UInt16](repeating: 0, count: count)
        try check(call(context, CInt(address), CInt(count), &words))
        return words
    }

    private func check(_ status: CInt) throws(ClientFault) {
        guard status < 0 else { return }
        let reason = errno
        modbus_flush(context)
        throw ClientFault(errno: reason)
    }
}

/// Frees libmodbus's context with its owner.
private struct ModbusHandle: ~Copyable {
    let context: OpaquePointer

    deinit {
        modbus_close(context)
        modbus_free(context)
    }
}

/// What libmodbus says of a failure. Source: modbus.h, whose enumerators Swift cannot import.
struct ClientFault: Error, Hashable {
    let errno: Int32

    static func exception(_ code: Int32) -> ClientFault { ClientFault(errno: 112_345_678 + code) }
    static let badChecksum = ClientFault(errno: 112_345_678 + 12)
    static let badUnit = ClientFault(errno: 112_345_678 + 17)
    static let timeout = ClientFault(errno: ETIMEDOUT)
    static let reset = ClientFault(errno: ECONNRESET)
}
