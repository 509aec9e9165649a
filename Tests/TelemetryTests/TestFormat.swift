import Telemetry

/// The formats there are, and what reads them.
enum TestFormat: CaseIterable {
    case linli, linliJSON, firstLinliJSON, thingsBoard

    private static let address = DestinationAddress(site: "s1", destination: "city")

    func encode(_ message: Message, devicePrefix: String = "", isDated: Bool = true) -> [[UInt8]] {
        let format: any WireFormat =
            switch self {
            case .linli: LinliFormat(Self.address, waitsForPlatform: true)
            case .linliJSON: LinliJSON(Self.address, waitsForPlatform: true)
            case .firstLinliJSON: FirstLinliJSON(Self.address, waitsForPlatform: true)
            case .thingsBoard: ThingsBoardJSON(devicePrefix: devicePrefix)
            }
        return format.encode(message, limit: nil, isDated: isDated).map(\.payload)
    }
}
