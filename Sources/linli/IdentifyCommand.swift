import ArgumentParser
import MaintenanceAPI

/// `linli modbus identify`.
struct IdentifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identify", abstract: "Ask a device what it is (function 43/14).",
        discussion: "Not every device knows; meters often have the same in registers.")

    @Option(help: "The bus, as the site document names it.")
    var bus: String
    @Option(help: "The unit on the bus.")
    var unit: Int
    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.ask { client in
            let answer: DaemonClient.Answer<DeviceIdentity> = try await client.post(
                "modbus/identify", ModbusIdentifyRequest(bus: bus, unit: unit))
            try daemon.print(answer) { Self.text(of: $0, on: .current()) }
        }
    }

    static func text(of identity: DeviceIdentity, on page: Page) -> String {
        guard !identity.objects.isEmpty else {
            return "unit \(identity.unit) on \(identity.bus) names nothing\n"
        }
        var table = TextTable([.number("OBJECT"), .text("NAME"), .text("TEXT")])
        for object in identity.objects {
            table.add([
                .init("\(object.number)"), .init(object.name ?? "-"), .init(object.text.printable),
            ])
        }
        return table.text(on: page)
    }
}
