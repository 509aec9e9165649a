import ArgumentParser
import MaintenanceAPI

/// `linli cache`: what is kept, and what it costs the flash.
struct CacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Show what is in the cache.")

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.show("cache") { (cache: CacheReport, page: Page) in
            Self.text(of: cache, on: page)
        }
    }

    static func text(of cache: CacheReport, on page: Page) -> String {
        let share = Double(cache.usedBytes) / Double(max(1, cache.maximumBytes))
        let each = Double(cache.writtenBytes) / Double(max(1, cache.writtenReadings))
        var text = page.fact("file", cache.file)
        text += page.fact(
            "size",
            "\(Amount.bytes(cache.usedBytes)) of \(Amount.bytes(cache.maximumBytes)) "
                + "(\(Amount.share(share))), kept \(Amount.duration(cache.maximumAgeSeconds)) at most"
        )
        text += page.fact("epoch", cache.epoch)
        text += page.fact(
            "written",
            "\(Amount.bytes(cache.writtenBytes)) in "
                + "\(Amount.of(cache.commits, "commit")) since the start"
                + (cache.writtenReadings > 0 ? ", \(Amount.fixed(each, 2)) bytes a reading" : ""))
        text += page.fact(
            "open batch", "\(Amount.of(cache.openBatch.readings, "reading")), not stored yet")
        text += page.fact(
            "gaps", cache.gaps == 0 ? "none since the start" : Amount.count(cache.gaps),
            cache.gaps == 0 ? nil : .yellow)
        for fault in cache.faults { text += page.fact("look after", fault, .red) }
        var table = TextTable([
            .text("LANE"), .number("BATCHES"), .number("RECORDS"), .number("BYTES"),
            .number("SEQUENCES"), .text("OLDEST"), .text("NEWEST"),
        ])
        for lane in cache.lanes {
            let sequences = lane.firstSequence.flatMap { first in
                lane.lastSequence.map { "\(first)-\($0)" }
            }
            table.add([
                .init(lane.lane), .init(Amount.count(lane.batches)),
                .init(Amount.count(lane.readings)), .init(Amount.bytes(lane.bytes)),
                .init(sequences ?? "-"), .init(page.age(lane.oldest)), .init(page.age(lane.newest)),
            ])
        }
        return text + "\n" + table.text(on: page)
    }
}
