import Execution
import Metering
import Telemetry

/// Batches of anything that can occur, by seed.
struct RandomBatch {
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func next() -> Batch {
        Batch(
            clock: BatchClock(
                boot: "00f1e2d3c4b5a697",
                wallMinusMonotonicMilliseconds: Int64.random(in: -5...1 << 41, using: &random),
                isSynchronized: Bool.random(using: &random),
                isCorrected: Bool.random(using: &random)),
            series: series(), events: events())
    }

    mutating func key() -> IdempotencyKey {
        let first = Int64.random(in: 1...1 << 40, using: &random)
        return IdempotencyKey(
            site: "site-\(random.next() % 100)", destination: "city", epoch: "00112233aabbccdd",
            lane: Lane.allCases.randomElement(using: &random) ?? .reading,
            sequences: first...first + Int64.random(in: 0...300, using: &random))
    }

    private mutating func series() -> [Series] {
        var series: [Series] = []
        for device in 0..<Int.random(in: 0...12, using: &random) {
            let kind = ["electricity-meter", "gas-meter", nil].randomElement(using: &random) ?? nil
            let start = Int64.random(in: -1_000...1 << 41, using: &random)
            for point in 0..<Int.random(in: 1...6, using: &random) {
                let unit = ["V", "kWh", nil].randomElement(using: &random) ?? nil
                let obis = ["1-0:1.8.0*255", nil].randomElement(using: &random) ?? nil
                series.append(
                    Series(
                        point: PointDescription(
                            identifier: PointIdentifier("d\(device)/p\(point)")!, kind: kind,
                            unit: unit, obis: obis),
                        samples: samples(from: start)))
            }
        }
        return series
    }

    private mutating func samples(from start: Int64) -> [Sample] {
        var time = start
        let exponent = Int.random(in: -9...3, using: &random)
        return (0..<Int.random(in: 1...9, using: &random)).map { _ in
            time += Int64.random(in: 1...100_000, using: &random)
            return sample(at: Timestamp(milliseconds: time), exponent: exponent)
        }
    }

    private mutating func sample(at time: Timestamp, exponent: Int) -> Sample {
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            let reasons: [MissingReason] = [
                .timeout, .corrupt, .disconnected, .silent, .busy, .notANumber, .notAsked,
                .exception(UInt8.random(in: 1...255, using: &random)),
            ]
            return Sample(
                time: time, value: nil,
                quality: .missing(reasons.randomElement(using: &random) ?? .timeout))
        case 1:
            return Sample(time: time, value: .text("text \(random.next() % 1_000) 文"))
        case 2:
            let doubt = Uncertainty.allCases.randomElement(using: &random) ?? .jumped
            return Sample(time: time, value: .number(number(exponent)), quality: .uncertain(doubt))
        default:
            return Sample(time: time, value: .number(number(exponent)))
        }
    }

    /// Mostly small numbers; now and then the extremes, or another exponent than the others have.
    private mutating func number(_ exponent: Int) -> ScaledInteger {
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
            ScaledInteger([.min, .max, 0].randomElement(using: &random) ?? 0, exponent: exponent)
        case 1: ScaledInteger(Int64(bitPattern: random.next()) >> 20, exponent: exponent - 2)
        case 2: ScaledInteger(-Int64.random(in: 0...1_000, using: &random), exponent: exponent + 1)
        default: ScaledInteger(Int64.random(in: 2_000...2_500, using: &random), exponent: exponent)
        }
    }

    private mutating func events() -> [Event] {
        (0..<Int.random(in: 0...3, using: &random)).map { number in
            Event(
                "device.silent", of: "d\(number)",
                at: Timestamp(milliseconds: Int64.random(in: 0...1 << 41, using: &random)),
                severity: Event.Severity.allCases.randomElement(using: &random) ?? .info,
                details: number == 0 ? [:] : ["after": "\(number) s", "why": "\"quoted\"\n文"])
        }
    }
}

extension Batch {
    /// The same content in one order, whatever order its series are in.
    var inOrder: Batch {
        var batch = self
        batch.series.sort { $0.point.identifier.description < $1.point.identifier.description }
        return batch
    }
}
