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
    /// What of the past a new destination gets.
    package let from: Start
    /// What becomes of readings and events that were made while nobody knew the date.
    package let undated: Undated
    /// What the names of devices begin with; ThingsBoard alone.
    package let devicePrefix: String

    package init(
        name: String, transport: Transport, format: WireFormatName, share: Share, topicRoot: String,
        acknowledgedBy: Acknowledger, drainPerSecond: Int, from: Start = .everything,
        undated: Undated = .send, devicePrefix: String = ""
    ) {
        self.name = name
        self.transport = transport
        self.format = format
        self.share = share
        self.topicRoot = topicRoot
        self.acknowledgedBy = acknowledgedBy
        self.drainPerSecond = drainPerSecond
        self.from = from
        self.undated = undated
        self.devicePrefix = devicePrefix
    }

    /// What of the past a new destination gets.
    package enum Start: Hashable, Sendable {
        /// All that the cache holds.
        case everything
        /// Nothing: what is made after the destination was added.
        case now
        /// What was made since the beginning of a day at the site.
        case date(CalendarDate)
    }

    /// What becomes of what was made while nobody knew the date.
    package enum Undated: String, CaseIterable, Hashable, Sendable {
        /// It waits until the clock is set and its times are corrected.
        case hold
        /// It is sent after ten minutes, and says that its times are not known.
        case send
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
    /// The same as readable JSON, as it was at first: a word in a document keeps its meaning.
    case firstLinliJSON = "linli-json"
    /// Readable JSON that says once what repeats: a fifth of the size and less.
    case linliJSON = "linli-json/2"
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
