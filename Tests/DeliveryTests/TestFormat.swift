import Delivery
import Telemetry

/// The formats there are, and what reads them.
enum TestFormat: CaseIterable {
    case linli, linliJSON, firstLinliJSON, thingsBoard

    var hasAcknowledgement: Bool { self != .thingsBoard }

    func format(_ address: DestinationAddress, waitsForPlatform: Bool) -> any WireFormat {
        switch self {
        case .linli: LinliFormat(address, waitsForPlatform: waitsForPlatform)
        case .linliJSON: LinliJSON(address, waitsForPlatform: waitsForPlatform)
        case .firstLinliJSON: FirstLinliJSON(address, waitsForPlatform: waitsForPlatform)
        case .thingsBoard: ThingsBoardJSON(devicePrefix: "")
        }
    }
}

extension DeliverySettings {
    init(site: String, destination: String, format: TestFormat, waitsForPlatform: Bool) {
        let address = DestinationAddress(site: site, destination: destination)
        self.init(
            site: site, destination: destination,
            format: format.format(address, waitsForPlatform: waitsForPlatform))
    }

    private var address: DestinationAddress {
        DestinationAddress(site: site, destination: destination)
    }

    func topic(of lane: Lane) -> String { address.topic(of: lane) }
    var acknowledgementTopic: String { address.acknowledgementTopic }

    /// - Returns: `nil` for a payload of ThingsBoard's, which is no message.
    func read(_ payload: [UInt8]) throws -> Message? {
        switch format {
        case is LinliFormat: try LinliFormat.decode(payload)
        case is ThingsBoardJSON: nil
        default: try LinliJSON.decode(payload)
        }
    }
}

extension MessageComposer.Composed {
    var payloads: [[UInt8]] { messages.map(\.payload) }
}
