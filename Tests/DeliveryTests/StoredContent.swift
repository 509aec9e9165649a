import Delivery
import Execution
import Metering
import Telemetry

/// Batches as the cache holds them, made by the encoders that make them in the gateway.
enum StoredContent {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let clock = BatchClock(
        boot: "00112233445566aa", wallMinusMonotonicMilliseconds: 1_799_999_990_000,
        isSynchronized: true)
    static let epoch = "5eed5eed5eed5eed"

    static func point(_ text: String, kind: String = "heat-meter") -> PointDescription {
        PointDescription(identifier: PointIdentifier(text)!, kind: kind, unit: "kWh")
    }

    /// One series of good values, a second apart.
    static func series(
        _ text: String, kind: String = "heat-meter", _ values: [Int64], from: Duration = .zero,
        step: Duration = .seconds(1)
    ) -> Series {
        Series(
            point: point(text, kind: kind),
            samples: values.enumerated().map { number, value in
                Sample(
                    time: start + from + step * number,
                    value: .number(ScaledInteger(value, exponent: -1)))
            })
    }

    static func readings(_ series: Series...) -> Batch { Batch(clock: clock, series: series) }

    static func events(_ kinds: String..., of subject: String = "b1-u1") -> Batch {
        Batch(clock: clock, events: kinds.map { Event($0, of: subject, at: start) })
    }

    static func stored(
        _ batch: Batch, _ sequence: Int64, lane: Lane = .reading, epoch: String = epoch
    ) -> StoredBatch {
        StoredBatch(
            epoch: epoch, sequence: sequence,
            batch: SealedBatch(
                lane: lane, payload: batch.sealed(), clock: batch.clock, firstTime: start,
                lastTime: start, count: max(1, batch.readingCount)))
    }

    /// A batch that no longer decodes.
    static func damaged(_ sequence: Int64, lane: Lane = .reading) -> StoredBatch {
        var stored = stored(readings(series("b1-u1/energy", [1])), sequence, lane: lane)
        stored.batch.payload = [0xDE, 0xAD]
        return stored
    }
}

extension Batch {
    /// What is in it, whatever the order of its series.
    var content: Set<Series> { Set(series) }
}
