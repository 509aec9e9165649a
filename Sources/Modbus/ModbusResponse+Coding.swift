/// Why a PDU is not the answer to a request.
package enum ResponseFault: Error, Hashable, Sendable {
    /// The server refused.
    case exception(ModbusException)
    /// It is not an answer to this request.
    case frame(FrameFault)
}

extension ModbusResponse {
    /// Reads a PDU as the answer to `request`: function, lengths and echoed fields must fit.
    package init(
        decoding pdu: ArraySlice<UInt8>, answering request: ModbusRequest
    ) throws(ResponseFault) {
        let bytes = Array(pdu)
        guard bytes.count >= 2 else { throw .frame(.truncated) }
        let function = request.function
        if bytes[0] == function | 0x80 {
            guard bytes.count == 2 else { throw .frame(.length) }
            throw .exception(ModbusException(rawValue: bytes[1]))
        }
        guard bytes[0] == function else { throw .frame(.foreignFunction) }
        switch request {
        case .read(let range):
            let expected = range.table.isBits ? (Int(range.count) + 7) / 8 : Int(range.count) * 2
            guard bytes.count == expected + 2, Int(bytes[1]) == expected else {
                throw .frame(.length)
            }
            self =
                range.table.isBits
                ? .bits(BitPacking.unpack(bytes[2...], count: Int(range.count)))
                : .registers(Self.words(bytes))
        case .writeCoil, .writeRegister:
            guard bytes.count == 5 else { throw .frame(.length) }
            guard bytes == request.encoded else { throw .frame(.garbage) }
            self = .written
        case .writeCoils, .writeRegisters:
            guard bytes.count == 5 else { throw .frame(.length) }
            guard bytes[...] == request.encoded.prefix(5) else { throw .frame(.garbage) }
            self = .written
        case .readDeviceIdentification(let category, _):
            self = .identification(try Self.identification(bytes, category: category))
        }
    }

    /// The PDU with which a server answers `request`.
    package func encoded(answering request: ModbusRequest) -> [UInt8] {
        switch self {
        case .registers(let words):
            [request.function, UInt8(words.count * 2)]
                + words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        case .bits(let bits):
            [request.function, UInt8((bits.count + 7) / 8)] + BitPacking.pack(bits)
        case .written:
            Array(request.encoded.prefix(5))
        case .identification(let identification):
            identification.encoded(answering: request)
        }
    }

    private static func words(_ bytes: [UInt8]) -> [UInt16] {
        let count = (bytes.count - 2) / 2
        return [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                buffer[index] = UInt16(bytes[2 + index * 2]) << 8 | UInt16(bytes[3 + index * 2])
            }
            initialized = count
        }
    }

    /// Source: V1.1b3, section 6.21.
    private static func identification(
        _ bytes: [UInt8], category: IdentificationCategory
    ) throws(ResponseFault) -> DeviceIdentification {
        guard bytes.count >= 7 else { throw .frame(.truncated) }
        guard bytes[1] == 14, bytes[2] == category.rawValue else { throw .frame(.garbage) }
        var objects: [UInt8: String] = [:]
        var place = 7
        for _ in 0..<bytes[6] {
            guard place + 2 <= bytes.count, place + 2 + Int(bytes[place + 1]) <= bytes.count else {
                throw .frame(.truncated)
            }
            let end = place + 2 + Int(bytes[place + 1])
            objects[bytes[place]] = String(decoding: bytes[place + 2..<end], as: UTF8.self)
            place = end
        }
        guard place == bytes.count else { throw .frame(.length) }
        return DeviceIdentification(objects: objects, next: bytes[4] == 0xFF ? bytes[5] : nil)
    }
}

extension ModbusException {
    /// The PDU with which a server refuses `function`.
    package func encoded(answering function: UInt8) -> [UInt8] {
        [function | 0x80, rawValue]
    }
}

extension DeviceIdentification {
    func encoded(answering request: ModbusRequest) -> [UInt8] {
        var category: UInt8 = 1
        if case .readDeviceIdentification(let asked, _) = request { category = asked.rawValue }
        var bytes: [UInt8] = [
            43, 14, category, 0x81, next == nil ? 0 : 0xFF, next ?? 0, UInt8(objects.count),
        ]
        for (number, text) in objects.sorted(by: { $0.key < $1.key }) {
            bytes += [number, UInt8(clamping: text.utf8.count)] + text.utf8.prefix(255)
        }
        return bytes
    }
}
