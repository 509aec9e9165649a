import Execution
import Modbus
import Testing

/// PDUs on a serial line and over TCP.
@Suite struct ModbusFrameTests {
    @Test func theChecksumIsThatOfTheStandard() {
        // Source: serial line guide V1.02, appendix B: 02 07 gives 41 12 on the line.
        #expect(CRC16.checksum(of: [0x02, 0x07]) == 0x1241)
        // The check value of CRC-16/MODBUS.
        #expect(CRC16.checksum(of: Array("123456789".utf8)) == 0x4B37)
        #expect(CRC16.checksum(of: []) == 0xFFFF)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func anyBitThatFlipsIsNoticed(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let pdu = (0..<Int.random(in: 1...253, using: &random)).map { _ in
            UInt8.random(in: .min ... .max, using: &random)
        }
        let frame = RTUFrame(unit: UnitIdentifier(17), pdu: pdu)
        let bytes = frame.encoded
        #expect(try RTUFrame(decoding: bytes[...]) == frame)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: FrameFault.checksum) { try RTUFrame(decoding: damaged[...]) }
        }
    }

    @Test func aFrameTooShortOrTooLongIsRefused() {
        #expect(throws: FrameFault.truncated) { try RTUFrame(decoding: [1, 2, 3]) }
        let long = RTUFrame(unit: UnitIdentifier(1), pdu: [UInt8](repeating: 3, count: 254)).encoded
        #expect(throws: FrameFault.length) { try RTUFrame(decoding: long[...]) }
    }

    @Test func aTCPFrameIsTakenFromAStream() throws {
        let first = TCPFrame(transaction: 0x1501, unit: UnitIdentifier(0xFF), pdu: [3, 0, 4, 0, 1])
        // Source: messaging guide V1.0b, 3.1.3.
        #expect(first.encoded == [0x15, 1, 0, 0, 0, 6, 0xFF, 3, 0, 4, 0, 1])
        let second = TCPFrame(transaction: 2, unit: UnitIdentifier(9), pdu: [0x83, 2])
        let stream = first.encoded + second.encoded
        for end in 0..<first.encoded.count {
            #expect(try TCPFrame.first(in: stream[..<end]) == nil)
        }
        let taken = try #require(try TCPFrame.first(in: stream[...]))
        #expect(taken.frame == first)
        let next = try #require(try TCPFrame.first(in: stream[taken.length...]))
        #expect(next.frame == second)
        #expect(taken.length + next.length == stream.count)
    }

    @Test(
        arguments: [
            [0, 1, 0, 1, 0, 6, 1, 3],  // Another protocol.
            [0, 1, 0, 0, 0, 1, 1, 3],  // Too short to hold a function.
            [0, 1, 0, 0, 0, 255, 1, 3],  // Longer than any PDU.
            [0, 1, 0, 0, 1, 6, 1, 3],
        ] as [[UInt8]])
    func aHeaderThatCannotBeIsRefused(bytes: [UInt8]) {
        #expect(throws: FrameFault.garbage) { try TCPFrame.first(in: bytes[...]) }
    }

    @Test(arguments: [
        // Baud rate, parity, stop bits, bits of a character. Source: serial line guide V1.02, 2.5.1.
        (9_600, SerialSettings.Parity.none, 1, 10), (9_600, .even, 1, 11), (2_400, .even, 1, 11),
        (19_200, .none, 2, 11), (1_200, .odd, 2, 12),
    ])
    func timesOnTheWireFollowFromTheBaudRate(
        baudRate: Int, parity: SerialSettings.Parity, stopBits: Int, bits: Int
    ) throws {
        let settings = try #require(
            SerialSettings(baudRate: baudRate, parity: parity, stopBits: stopBits))
        let character = Duration.nanoseconds(Int64(bits) * 1_000_000_000 / Int64(baudRate))
        #expect(settings.characterTime == character)
        #expect(settings.wireTime(bytes: 53) == character * 53)
        #expect(settings.frameSilence == character * 7 / 2)
    }

    @Test func aboveNineteenThousandTwoHundredTheSilenceIsFixed() throws {
        let settings = try #require(SerialSettings(baudRate: 38_400, parity: .none, stopBits: 1))
        #expect(settings.frameSilence == .microseconds(1_750))
        #expect(settings.characterPauseLimit == .microseconds(750))
        #expect(SerialSettings(baudRate: 9_601, parity: .none, stopBits: 1) == nil)
        #expect(SerialSettings(baudRate: 9_600, parity: .none, stopBits: 3) == nil)
    }
}
