import ArgumentParser
import MaintenanceAPI

/// `linli deliveries`: what each destination has, and what it waits for.
struct DeliveriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "Show each destination and how far it is behind.")

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.show("deliveries") { (deliveries: [DeliveryReport], page: Page) in
            Self.text(of: deliveries, on: page)
        }
    }

    static func text(of deliveries: [DeliveryReport], on page: Page) -> String {
        guard !deliveries.isEmpty else { return "the site has no destinations\n" }
        return deliveries.map { one($0, on: page) }.joined(separator: "\n")
    }

    private static func one(_ delivery: DeliveryReport, on page: Page) -> String {
        let since = delivery.since.map { " for \(page.length($0))" } ?? ""
        let next = delivery.nextAttempt.map { ", next attempt \(page.age($0))" } ?? ""
        var text = page.fact("destination", delivery.destination, .bold)
        text += page.fact("address", "\(delivery.address), format \(delivery.format)")
        text +=
            delivery.isConnected
            ? page.fact("state", "connected\(since)", .green)
            : page.fact("state", "down\(since)\(next)", .red)
        text += page.fact("last fault", delivery.lastFault ?? "none")
        let each = Double(delivery.bytes) / Double(max(1, delivery.readings))
        text += page.fact(
            "delivered",
            "\(Amount.of(delivery.messages, "message")), "
                + "\(Amount.of(delivery.readings, "reading")), \(Amount.bytes(delivery.bytes))"
                + (delivery.readings > 0 ? " (\(Amount.fixed(each, 2)) bytes a reading)" : ""))
        text += page.fact(
            "under way",
            "\(Amount.of(delivery.inFlight, "message")); "
                + "\(Amount.of(delivery.resent, "message")) sent again")
        var table = TextTable([
            .text("LANE"), .number("HAS ALL TO"), .number("BEHIND"), .text("WAITING SINCE"),
        ])
        for lane in delivery.lanes {
            table.add([
                .init(lane.lane), .init("\(lane.cursor)"),
                .init(Amount.count(lane.behind), lane.behind > 0 ? .yellow : nil),
                .init(page.age(lane.waitingSince)),
            ])
        }
        return text + table.text(on: page)
    }
}
