import Execution
import Modbus
import Testing

/// Requests and responses as bytes.
@Suite struct ModbusPDUTests {
    /// Source: V1.1b3, the examples of sections 6.1 to 6.6, 6.11, 6.12 and 6.21.
    static let requests: [(ModbusRequest, [UInt8])] = [
        (.read(RegisterRange(.coil, at: 0x13, count: 0x13)), [1, 0, 0x13, 0, 0x13]),
        (.read(RegisterRange(.discrete, at: 0xC4, count: 0x16)), [2, 0, 0xC4, 0, 0x16]),
        (.read(RegisterRange(.holding, at: 0x6B, count: 3)), [3, 0, 0x6B, 0, 3]),
        (.read(RegisterRange(.input, at: 8, count: 1)), [4, 0, 8, 0, 1]),
        (.writeCoil(address: 0xAC, true), [5, 0, 0xAC, 0xFF, 0]),
        (.writeRegister(address: 1, 3), [6, 0, 1, 0, 3]),
        (
            .writeCoils(
                address: 0x13,
                [true, false, true, true, false, false, true, true, true, false]),
            [15, 0, 0x13, 0, 0x0A, 2, 0xCD, 0x01]
        ),
        (.writeRegisters(address: 1, [0x0A, 0x0102]), [16, 0, 1, 0, 2, 4, 0, 0x0A, 1, 2]),
        (.readDeviceIdentification(.basic, from: 0), [43, 14, 1, 0]),
    ]

    @Test(arguments: requests)
    func aRequestIsThatOfTheStandard(request: ModbusRequest, pdu: [UInt8]) throws {
        #expect(request.encoded == pdu)
        #expect(try ModbusRequest(decoding: pdu[...]) == request)
    }

    static let responses: [(ModbusRequest, [UInt8], ModbusResponse)] = [
        (
            .read(RegisterRange(.coil, at: 0x13, count: 10)), [1, 2, 0xCD, 0x01],
            .bits([true, false, true, true, false, false, true, true, true, false])
        ),
        (
            .read(RegisterRange(.holding, at: 0x6B, count: 3)), [3, 6, 2, 0x2B, 0, 0, 0, 0x64],
            .registers([0x022B, 0, 0x64])
        ),
        (.read(RegisterRange(.input, at: 8, count: 1)), [4, 2, 0, 0x0A], .registers([0x0A])),
        (.writeCoil(address: 0xAC, true), [5, 0, 0xAC, 0xFF, 0], .written),
        (.writeRegister(address: 1, 3), [6, 0, 1, 0, 3], .written),
        (.writeRegisters(address: 1, [0x0A, 0x0102]), [16, 0, 1, 0, 2], .written),
        (
            .readDeviceIdentification(.basic, from: 0),
            [43, 14, 1, 0x81, 0xFF, 2, 2, 0, 2, 0x41, 0x42, 1, 1, 0x43],
            .identification(DeviceIdentification(objects: [0: "AB", 1: "C"], next: 2))
        ),
    ]

    @Test(arguments: responses)
    func aResponseMeansWhatTheStandardSays(
        request: ModbusRequest, pdu: [UInt8], response: ModbusResponse
    ) throws {
        #expect(try ModbusResponse(decoding: pdu[...], answering: request) == response)
        #expect(response.encoded(answering: request) == pdu)
    }

    @Test(arguments: UInt8.min...UInt8.max)
    func anyExceptionIsThrownAsSuch(code: UInt8) {
        for (request, _) in Self.requests {
            let exception = ModbusException(rawValue: code)
            let pdu = exception.encoded(answering: request.function)
            #expect(pdu == [request.function | 0x80, code])
            #expect(throws: ResponseFault.exception(exception)) {
                try ModbusResponse(decoding: pdu[...], answering: request)
            }
        }
    }

    @Test func anAnswerToSomethingElseIsRefused() {
        let request = ModbusRequest.read(RegisterRange(.holding, at: 10, count: 2))
        let cases: [(pdu: [UInt8], fault: FrameFault)] = [
            ([], .truncated),
            ([3], .truncated),
            ([4, 4, 0, 1, 0, 2], .foreignFunction),
            ([0x84, 2], .foreignFunction),
            ([3, 4, 0, 1, 0], .length),
            ([3, 4, 0, 1, 0, 2, 0], .length),
            ([3, 2, 0, 1], .length),
            ([3, 6, 0, 1, 0, 2], .length),
            ([0x83, 2, 0], .length),
        ]
        for (pdu, fault) in cases {
            #expect(throws: ResponseFault.frame(fault), "\(pdu)") {
                try ModbusResponse(decoding: pdu[...], answering: request)
            }
        }
    }

    @Test func anEchoThatDiffersIsNoConfirmation() {
        let write = ModbusRequest.writeRegister(address: 1, 3)
        #expect(throws: ResponseFault.frame(.garbage)) {
            try ModbusResponse(decoding: [6, 0, 1, 0, 4], answering: write)
        }
        let many = ModbusRequest.writeRegisters(address: 1, [1, 2])
        #expect(throws: ResponseFault.frame(.garbage)) {
            try ModbusResponse(decoding: [16, 0, 2, 0, 2], answering: many)
        }
    }

    @Test func limitsAreThoseOfTheStandard() {
        #expect(ModbusRequest.read(RegisterRange(.holding, at: 0, count: 125)).isValid)
        #expect(!ModbusRequest.read(RegisterRange(.holding, at: 0, count: 126)).isValid)
        #expect(ModbusRequest.read(RegisterRange(.coil, at: 0, count: 2_000)).isValid)
        #expect(!ModbusRequest.read(RegisterRange(.coil, at: 0, count: 2_001)).isValid)
        let words = [UInt16](repeating: 0, count: 124)
        #expect(ModbusRequest.writeRegisters(address: 0, Array(words.dropLast())).isValid)
        #expect(!ModbusRequest.writeRegisters(address: 0, words).isValid)
        #expect(!ModbusRequest.writeRegisters(address: 65_535, [1, 2]).isValid)
        #expect(!ModbusRequest.writeRegisters(address: 0, []).isValid)
        #expect(
            !ModbusRequest.writeCoils(address: 0, [Bool](repeating: true, count: 1_969)).isValid)
    }

    @Test func aRangeBeyondTheLastAddressIsRefused() throws {
        #expect(throws: ModbusException.illegalDataAddress) {
            try ModbusRequest(decoding: [3, 0xFF, 0xFF, 0, 2])
        }
        let last = ModbusRequest.read(RegisterRange(.holding, at: 0xFFFF, count: 1))
        #expect(try ModbusRequest(decoding: [3, 0xFF, 0xFF, 0, 1]) == last)
    }

    /// Whatever arrives is understood or refused, by client and server; nothing traps.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func noBytesTrap(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            var pdu = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            if !pdu.isEmpty, Bool.random(using: &random) {
                pdu[0] = [1, 2, 3, 4, 5, 6, 15, 16, 43].randomElement(using: &random)!
            }
            do throws(ModbusException) {
                let request = try ModbusRequest(decoding: pdu[...])
                #expect(request.isValid)
                // Coils may carry stray bits behind the last one; the rest is kept to the bit.
                if case .writeCoils = request {} else { #expect(request.encoded == pdu) }
            } catch {
                #expect((1...3).contains(error.rawValue))
            }
            for (request, _) in Self.requests {
                _ = try? ModbusResponse(decoding: pdu[...], answering: request)  // Must not trap.
            }
        }
    }
}
