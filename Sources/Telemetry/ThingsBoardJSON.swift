import Execution
import Metering

/// The telemetry of ThingsBoard's gateway API, which takes the broker's word:
/// `{"device":[{"ts":1700000000000,"values":{"point":1.5}}]}`.
///
/// Missing readings are left out, since the format has no word for them. Events become points of
/// a device named `gateway`. The names of devices begin with a prefix, since those of all sites of
/// one tenant must differ.
package struct ThingsBoardJSON: WireFormat {
    package let devicePrefix: String
    package var waitsForPlatform: Bool { false }
    package var hasParts: Bool { false }

    /// - Parameter devicePrefix: What the names of devices begin with.
    package init(devicePrefix: String) {
        self.devicePrefix = devicePrefix
    }

    package func encode(_ message: Message, limit: Int?, isDated: Bool) -> [OutgoingMessage] {
        Self.encode(message.batch, limit: limit, devicePrefix: devicePrefix, isDated: isDated).map {
            OutgoingMessage(topic: Self.topic, payload: $0, key: message.key.description)
        }
    }

    /// The same for all gateways. Source: ThingsBoard, Gateway MQTT API.
    private static let topic = "v1/gateway/telemetry"

    /// The largest payload ThingsBoard takes as installed: 64 KiB, less room for the topic.
    package static let largestPayload = 60_000

    /// - Returns: As many payloads as the size limit asks for; none where nothing is to be told.
    ///
    /// - Parameters:
    ///   - limit: The most bytes of one payload. One moment of one device is never divided.
    ///   - devicePrefix: What the names of devices begin with.
    ///   - isDated: Whether entries say when they were made; ThingsBoard takes the time of their
    ///     arrival for those that do not.
    package static func encode(
        _ batch: Batch, limit: Int? = nil, devicePrefix: String = "", isDated: Bool = true
    ) -> [[UInt8]] {
        let limit = min(limit ?? largestPayload, largestPayload)
        var payloads: [[UInt8]] = []
        var current = ""
        var currentDevice: String?
        for (device, moments) in moments(of: batch, devicePrefix).sorted(by: { $0.key < $1.key }) {
            for (time, values) in moments.sorted(by: { $0.key < $1.key }) {
                let all = "{\(values.joined(separator: ","))}"
                let entry = isDated ? "{\"ts\":\(time),\"values\":\(all)}" : all
                let member = "\(JSONText.quoted(device)):[\(entry)"
                if current.isEmpty {
                    current = "{" + member
                } else if current.utf8.count + member.utf8.count + 4 > limit {
                    payloads.append(Array((current + "]}").utf8))
                    current = "{" + member
                } else if currentDevice == device {
                    current += "," + entry
                } else {
                    current += "]," + member
                }
                currentDevice = device
            }
        }
        if !current.isEmpty { payloads.append(Array((current + "]}").utf8)) }
        return payloads
    }

    private static func moments(
        of batch: Batch, _ prefix: String
    ) -> [String: [Int64: [String]]] {
        var result: [String: [Int64: [String]]] = [:]
        for series in batch.series {
            let device = prefix + series.point.identifier.device.description
            let name = JSONText.quoted(series.point.identifier.point.description)
            for sample in series.samples {
                guard let value = sample.value else { continue }
                let text = JSONText.value(value)
                result[device, default: [:]][sample.time.milliseconds, default: []]
                    .append("\(name):\(text)")
            }
        }
        for event in batch.events {
            let details = event.details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let text = ([event.subject] + details).joined(separator: " ")
            result[prefix + "gateway", default: [:]][event.time.milliseconds, default: []]
                .append("\(JSONText.quoted("event." + event.kind)):\(JSONText.quoted(text))")
        }
        return result
    }
}
