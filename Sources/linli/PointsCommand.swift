import ArgumentParser
import MaintenanceAPI

/// `linli points`: what can be read.
struct PointsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "points", abstract: "Show the latest reading of every point.",
        discussion: "With the name of a device: its points only, those not polled included.")

    @Argument(help: "Only the points of this device.")
    var device: String?
    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.ask { client in
            let names: [String] = try await client.get("points").value
            let chosen = names.filter { device == nil || $0.hasPrefix("\(device ?? "")/") }
            if let device, chosen.isEmpty {
                let devices = Set(
                    names.compactMap { $0.split(separator: "/").first.map(String.init) })
                let nearest = nearestNames(to: device, among: devices)
                throw CommandFailure.bad(
                    "there is no device \"\(device)\"",
                    hint: nearest.isEmpty
                        ? "`linli devices` lists them"
                        : "did you mean \(nearest.joined(separator: ", "))?")
            }
            let readings: [PointReading] = try await client.get("readings").value
            let wanted = Set(chosen)
            let latest = readings.filter { wanted.contains($0.point) }
            let json = String(decoding: try MaintenanceJSON.encode(latest), as: UTF8.self)
            try daemon.print(DaemonClient.Answer(value: latest, json: json)) {
                Self.text(of: chosen, latest: $0, on: .current())
            }
        }
    }

    static func text(of names: [String], latest: [PointReading], on page: Page) -> String {
        guard !names.isEmpty else { return "none\n" }
        let readings = Dictionary(latest.map { ($0.point, $0) }) { $1 }
        var table = TextTable([
            .text("POINT"), .number("VALUE"), .text("UNIT"), .text("READ"), .text("QUALITY"),
        ])
        for name in names {
            guard let reading = readings[name] else {
                table.add([.init(name), .init("-", .faint), "", "", .init("not read yet", .faint)])
                continue
            }
            table.add([
                .init(name), .init(reading.shownValue), .init(reading.unit ?? ""),
                .init(page.age(reading.time)),
                .init(reading.quality, reading.isGood ? .green : .yellow),
            ])
        }
        return table.text(on: page)
    }
}

extension PointReading {
    /// The value with its meaning, where the profile knows one.
    var shownValue: String {
        guard let value else { return "-" }
        return label.map { "\(value) (\($0))" } ?? value
    }
}
