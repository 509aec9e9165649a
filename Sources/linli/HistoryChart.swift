import Execution
import MaintenanceAPI

/// A history drawn for a terminal: a curve with gaps, axes with units and local times, and the
/// least, the mean and the greatest of the numbers.
struct HistoryChart {
    let report: HistoryReport
    /// The height of the curve, in lines.
    var rows = 12

    func text(on page: Page) -> String {
        let curve = HistoryCurve(report.samples)
        var text = title(on: page) + "\n"
        if report.samples.isEmpty {
            text += "no readings in this time\n"
        } else if let minimum = curve.minimum, let maximum = curve.maximum {
            text += drawing(of: curve, minimum.value, maximum.value, on: page) + "\n"
            text += figures(of: curve, minimum, maximum, on: page)
        } else {
            text += changes(on: page)
        }
        if report.isTruncated {
            text += page.paint(
                "only the newest readings; ask for less time to see the rest\n", .yellow)
        }
        if report.unreadableBatches > 0 {
            let batches = Amount.of(report.unreadableBatches, "batch", "batches")
            text += page.paint("\(batches) of the cache cannot be read\n", .yellow)
        }
        return text
    }

    private var from: Timestamp { Timestamp(milliseconds: report.from) }
    private var to: Timestamp { Timestamp(milliseconds: report.to) }

    private func title(on page: Page) -> String {
        let zone = page.zone
        let times = [from, to].map { "\(zone.date($0)) \(zone.hours($0))" }
        let name = page.paint(report.point.printable, .bold)
        let span = "\(times[0]) to \(times[1]) \(zone.name)"
        // On two lines where one is too short.
        let isWide = report.point.columns + 2 + span.columns <= page.width
        return name + (isWide ? "  " : "\n")
            + span.truncated(to: page.width, isUnicode: page.isUnicode) + "\n"
    }

    private func drawing(
        of curve: HistoryCurve, _ minimum: Double, _ maximum: Double, on page: Page
    ) -> String {
        let scale = ValueScale(minimum: minimum, maximum: maximum, ticks: max(2, rows / 3))
        let labels = scale.ticks.map { Amount.fixed($0, scale.decimals) }
        let margin = max(labels.map(\.count).max() ?? 0, report.unit?.columns ?? 0)
        let times = TimeScale(from: from, to: to, zone: page.zone)
        var canvas = DotCanvas(
            columns: max(10, page.width - margin - 2), rows: rows, isUnicode: page.isUnicode)
        func place(_ value: Double) -> Int {
            let share = (scale.high - value) / (scale.high - scale.low)
            return Int((share * Double(canvas.height - 1)).rounded())
        }
        func place(_ dot: HistoryCurve.Dot) -> (x: Int, y: Int) {
            let time = Timestamp(milliseconds: dot.time)
            return (times.position(of: time, width: canvas.width), place(dot.value))
        }
        for run in curve.runs {
            for (last, dot) in zip([run[0]] + run, run) {
                canvas.line(from: place(last), to: place(dot))
            }
        }
        let dotsDown = canvas.height / canvas.rows
        let marks = Dictionary(
            zip(scale.ticks.map { place($0) / dotsDown }, labels),
            uniquingKeysWith: { first, _ in first }
        )
        let (bar, tick) = page.isUnicode ? ("│", "┤") : ("|", "+")
        var text = ""
        if let unit = report.unit {
            text += page.paint(unit.printable.padded(to: margin, isRight: true), .faint) + "\n"
        }
        for row in 0..<rows {
            let label = (marks[row] ?? "").padded(to: margin, isRight: true)
            let axis = page.paint("\(label) \(marks[row] == nil ? bar : tick)", .faint)
            text += axis + page.paint(canvas.text(row: row).trimmed, .green) + "\n"
        }
        return text + timeAxis(times, columns: canvas.columns, margin: margin, on: page)
    }

    private func timeAxis(
        _ scale: TimeScale, columns: Int, margin: Int, on page: Page
    ) -> String {
        let (corner, bar, mark) = page.isUnicode ? ("└", "─", "┬") : ("+", "-", "+")
        var axis = Array(repeating: bar, count: columns)
        var labels = String(repeating: " ", count: margin + 2)
        for tick in scale.ticks(columns: columns) {
            let column = scale.position(of: tick.time, width: columns)
            axis[column] = mark
            // The label's middle stands below its mark, but no label leaves the page.
            let start = min(
                margin + 2 + column - tick.label.count / 2, margin + 2 + columns - tick.label.count)
            guard start >= labels.count || labels.hasOnlySpaces(from: start - 1) else { continue }
            labels = labels.padded(to: start)
            labels = String(labels.prefix(start)) + tick.label
        }
        let space = String(repeating: " ", count: margin + 1)
        return page.paint(space + corner + axis.joined(), .faint) + "\n"
            + page.paint(labels.trimmed, .faint) + "\n"
    }

    private func figures(
        of curve: HistoryCurve, _ minimum: HistoryCurve.Dot, _ maximum: HistoryCurve.Dot,
        on page: Page
    ) -> String {
        let unit = report.unit.map { " \($0)" } ?? ""
        func fact(_ title: String, _ dot: HistoryCurve.Dot) -> String {
            let time = Timestamp(milliseconds: dot.time)
            return page.fact(
                title, "\(dot.digits)\(unit)  \(page.zone.day(time)) \(page.zone.clock(time))")
        }
        let decimals = [minimum, maximum].map(\.digits.decimals).max() ?? 0
        let mean = Amount.fixed(curve.mean ?? 0, decimals + 1)
        let gaps = curve.runs.count - 1
        return fact("min", minimum) + page.fact("mean", "\(mean)\(unit)") + fact("max", maximum)
            + page.fact(
                "readings",
                "\(Amount.count(curve.count))"
                    + (curve.missing > 0 ? ", \(Amount.count(curve.missing)) missing" : "")
                    + (gaps > 0 ? ", \(Amount.of(gaps, "gap"))" : ""),
                curve.missing > 0 ? .yellow : nil)
    }

    /// A history of texts, or of nothing but missing readings: each change in a line.
    private func changes(on page: Page) -> String {
        var table = TextTable([.text("FROM"), .text("VALUE"), .text("QUALITY")])
        var last: HistorySample?
        for sample in report.samples {
            defer { last = sample }
            if let last, last.value == sample.value, last.quality == sample.quality { continue }
            let time = Timestamp(milliseconds: sample.time)
            table.add([
                .init("\(page.zone.date(time)) \(page.zone.clock(time))"),
                .init(sample.value ?? "-"), .init(sample.quality),
            ])
        }
        return table.text(on: page)
    }
}

extension String {
    /// The same without spaces at its end.
    fileprivate var trimmed: String {
        String(reversed().drop { $0 == " " }.reversed())
    }

    fileprivate func hasOnlySpaces(from start: Int) -> Bool {
        start >= 0 && dropFirst(start).allSatisfy { $0 == " " }
    }

    /// How many digits stand after the point.
    fileprivate var decimals: Int {
        guard !contains("e"), let point = firstIndex(of: ".") else { return 0 }
        return distance(from: point, to: endIndex) - 1
    }
}
