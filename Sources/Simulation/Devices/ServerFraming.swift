import Modbus

/// The frames of requests and answers as a server reads and writes them.
enum ServerFraming {
    /// How long the RTU request at the start of a stream is.
    ///
    /// - Returns: `nil` while too few bytes are there to tell. An unknown function is taken to
    ///   be all there is.
    static func rtuRequestLength(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        switch bytes[1] {
        case 1...6: return 8
        case 15, 16: return bytes.count < 7 ? nil : 9 + Int(bytes[6])
        case 43: return 7
        default: return bytes.count
        }
    }

    /// The PDU that refuses a request.
    static func refusal(
        _ exception: ModbusException, of request: some Collection<UInt8>
    ) -> [UInt8] {
        exception.encoded(answering: request.first ?? 0)
    }
}
