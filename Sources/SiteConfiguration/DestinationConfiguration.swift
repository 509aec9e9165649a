package import DeviceProfiles
package import Metering

/// One party that receives readings: how it is reached, and what it is entitled to.
package struct DestinationConfiguration: Hashable, Sendable {
    /// Stands in topics and idempotency keys.
    package let name: String
    package let transport: Transport
    package let format: WireFormatName
    package let share: Share
    /// What the topics begin with, for example `linli/v1`. ThingsBoard's topics are fixed.
    package let topicRoot: String
    package let acknowledgedBy: Acknowledger
    /// How many messages of a backlog are sent per second beside the live ones.
    package let drainPerSecond: Int

    package init(
        name: String, transport: Transport, format: WireFormatName, share: Share, topicRoot: String,
        acknowledgedBy: Acknowledger, drainPerSecond: Int
    ) {
        self.name = name
        self.transport = transport
        self.format = format
        self.share = share
        self.topicRoot = topicRoot
        self.acknowledgedBy = acknowledgedBy
        self.drainPerSecond = drainPerSecond
    }

    package enum Transport: Hashable, Sendable {
        case mqtt(MQTTSettings)
    }

    /// Who must confirm a message before it counts as delivered.
    package enum Acknowledger: String, CaseIterable, Hashable, Sendable {
        /// The platform, on its acknowledgement topic, once it has stored the message.
        case platform
        /// The broker, with its PUBACK.
        case broker
    }
}

/// What a message looks like.
package enum WireFormatName: String, CaseIterable, Hashable, Sendable {
    /// Columns in protobuf, compressed with zstd. The smallest.
    case linli
    /// The same columns as readable JSON.
    case linliJSON = "linli-json"
    /// The gateway telemetry of ThingsBoard.
    case thingsBoard = "thingsboard"
}

/// What a destination is entitled to.
package enum Share: Hashable, Sendable {
    case everything
    case selection(ShareSelection)
}

/// A part of what is read. Each list narrows it further; `nil` narrows nothing.
package struct ShareSelection: Hashable, Sendable {
    package let kinds: Set<DeviceKind>?
    package let points: Set<PointName>?
    package let devices: Set<DeviceIdentifier>?
    /// The finest interval that is shared; `nil` for all readings.
    package let every: Duration?

    package init(
        kinds: Set<DeviceKind>? = nil, points: Set<PointName>? = nil,
        devices: Set<DeviceIdentifier>? = nil, every: Duration? = nil
    ) {
        self.kinds = kinds
        self.points = points
        self.devices = devices
        self.every = every
    }
}
