import Execution
import Glibc

/// The scale of a chart's values: round numbers that span them all.
struct ValueScale: Hashable {
    let low: Double
    let high: Double
    let step: Double
    /// How many decimals tell the ticks apart.
    let decimals: Int

    /// - Parameters:
    ///   - minimum: Finite, as `maximum`.
    ///   - ticks: About how many steps are wanted.
    init(minimum: Double, maximum: Double, ticks: Int) {
        var span = maximum - minimum
        if span <= Swift.max(minimum.magnitude, maximum.magnitude) * 1e-12 {
            span = minimum == 0 ? 1 : minimum.magnitude / 100
        }
        step = Self.round(span / Double(Swift.max(1, ticks)))
        low = (minimum / step + 1e-9).rounded(.down) * step
        let top = (maximum / step - 1e-9).rounded(.up) * step
        high = top > low ? top : low + step
        decimals = Swift.max(0, -Int(log10(step).rounded(.down)))
    }

    /// From the lowest to the highest.
    var ticks: [Double] {
        let count = Int(((high - low) / step).rounded())
        return (0...Swift.max(1, count)).map { low + Double($0) * step }
    }

    /// The next of 1, 2 and 5 times a power of ten.
    private static func round(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        let fraction = step / power
        return power
            * (fraction <= 1.0001 ? 1 : fraction <= 2.0001 ? 2 : fraction <= 5.0001 ? 5 : 10)
    }
}

/// The scale of a chart's times: full minutes, hours or days on the site's clocks.
struct TimeScale: Hashable {
    let from: Timestamp
    let to: Timestamp
    private let zone: LocalZone

    init(from: Timestamp, to: Timestamp, zone: LocalZone) {
        self.from = from
        self.to = Swift.max(to, Timestamp(milliseconds: from.milliseconds + 1))
        self.zone = zone
    }

    /// Where a time is, 0 at the start and `width - 1` at the end.
    func position(of time: Timestamp, width: Int) -> Int {
        let share =
            Double(time.milliseconds - from.milliseconds)
            / Double(to.milliseconds - from.milliseconds)
        return Int((share * Double(width - 1)).rounded())
    }

    /// Times with their labels, far enough apart to be read on so many columns.
    func ticks(columns: Int) -> [(time: Timestamp, label: String)] {
        let span = to.milliseconds - from.milliseconds
        let step =
            Self.steps.first { step in
                let room = step < 60_000 ? 12 : 9
                return step * Int64(columns) >= span * Int64(room)
            } ?? (span / Int64(Swift.max(1, columns / 9)) / Self.day + 1) * Self.day
        let start = from.milliseconds + zone.offset(at: from)
        let first = start / step * step + (start % step > 0 ? step : 0)
        return stride(from: first, through: first + span, by: Int64.Stride(step)).compactMap {
            local in
            let time = zone.moment(local: local)
            guard from <= time, time <= to else { return nil }
            return (time, label(of: time, local: local, step: step))
        }
    }

    private func label(of time: Timestamp, local: Int64, step: Int64) -> String {
        if local % Self.day == 0 { return zone.day(time) }
        return step < 60_000 ? zone.clock(time) : zone.hours(time)
    }

    private static let day: Int64 = 86_400_000

    private static let steps: [Int64] =
        [1, 2, 5, 10, 15, 30].map { $0 * 1_000 } + [1, 2, 5, 10, 15, 30].map { $0 * 60_000 }
        + [1, 2, 3, 6, 12].map { $0 * 3_600_000 } + [1, 2, 7, 14, 28].map { $0 * day }
}
