import ArgumentParser
import MaintenanceAPI

/// `linli buses`: what each bus has seen.
struct BusesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "buses", abstract: "Show each bus and what it has counted.",
        discussion: "LATE answers came after their request was given up; STRAY bytes unasked.")

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.show("buses") { (buses: [BusReport], page: Page) in
            Self.text(of: buses, on: page)
        }
    }

    static func text(of buses: [BusReport], on page: Page) -> String {
        var table = TextTable([
            .text("BUS"), .text("STATE"), .number("DEVICES"), .number("LOAD"), .number("REQUESTS"),
            .number("TIMEOUTS"), .number("EXCEPTIONS"), .number("BAD"), .number("LATE"),
            .number("STRAY"), .text("LINK"),
        ])
        for bus in buses {
            let counters = bus.counters
            let bad = counters.badFrames.values.reduce(0, +)
            table.add([
                .init(bus.name),
                bus.isConnected ? .init("connected", .green) : .init("down", .red),
                .init("\(bus.devices)"), .init(Amount.share(bus.load)),
                .init(Amount.count(counters.requests)), .init(Amount.count(counters.timeouts)),
                .init(Amount.count(counters.exceptions)),
                .init(Amount.count(bad), bad > 0 ? .yellow : nil),
                .init(Amount.count(counters.lateAnswers)), .init(Amount.count(counters.strayBytes)),
                .init(bus.link),
            ])
        }
        let faults = buses.filter { !$0.isConnected }.map { bus in
            "\(bus.name): down for \(page.length(bus.downSince)): \(bus.lastFault ?? "unknown")"
        }
        let text = table.text(on: page)
        let notes = buses.flatMap { bus in (bus.notes ?? []).map { "\(bus.name): \($0)" } }
        guard !faults.isEmpty || !notes.isEmpty else { return text }
        return text + "\n" + faults.map { page.paint($0.printable, .red) + "\n" }.joined()
            + notes.map { $0.printable + "\n" }.joined()
    }
}
