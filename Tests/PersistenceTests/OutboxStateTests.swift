import Execution
import Telemetry
import Testing

@testable import Persistence

struct OutboxStateTests {
    @Test(arguments: UInt64(0)..<200)
    func readsBackAsItWasWritten(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var state = OutboxState(version: Int64.random(in: 0...Int64.max, using: &random))
        for lane in Lane.allCases {
            guard Int.random(in: 0..<4, using: &random) > 0 else { continue }
            let head = Int64.random(in: 1...RowKey.highestSequence, using: &random)
            state.lanes[lane] = OutboxState.LaneState(
                head: head, batches: Int64.random(in: 0...head, using: &random),
                readings: Int64.random(in: 0...1 << 50, using: &random),
                bytes: Int64.random(in: 0...1 << 50, using: &random))
        }
        for id in 0..<Int64.random(in: 0...5, using: &random) {
            var cursor = PerLane<Int64>(repeating: 0)
            for lane in Lane.allCases {
                cursor[lane] = Int64.random(in: 0...state.lanes[lane].head, using: &random)
            }
            state.cursors[id * 3] = cursor
        }
        let bytes = state.encoded
        #expect(OutboxState(decoding: bytes) == state)
        for length in 0..<bytes.count {
            #expect(OutboxState(decoding: Array(bytes[..<length])) == nil)
        }
        #expect(OutboxState(decoding: bytes + [0]) == nil)
    }

    @Test(arguments: UInt64(0)..<200)
    func survivesAnyBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        if let state = OutboxState(decoding: bytes) {
            #expect(OutboxState(decoding: state.encoded) == state)
        }
    }

    @Test func isSmallInOrdinaryTimes() {
        var state = OutboxState(version: 130_000)
        state.lanes.reading = OutboxState.LaneState(
            head: 129_600, batches: 129_600, readings: 311_040_000, bytes: 450_000_000)
        for id in Int64(1)...3 {
            state.cursors[id] = PerLane(repeating: 0)
            state.cursors[id]?.reading = 129_599
        }
        #expect(state.encoded.count <= 30)
    }

    /// Source: the check value of CRC-32/ISO-HDLC.
    @Test func checksumIsTheStandardOne() {
        #expect(CyclicRedundancyCheck.checksum(of: Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CyclicRedundancyCheck.checksum(of: []) == 0)
    }
}
