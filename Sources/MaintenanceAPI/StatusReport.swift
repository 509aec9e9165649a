/// How the gateway is doing, in one page. Answers `GET /v1/status`.
package struct StatusReport: Codable, Hashable, Sendable {
    /// The identifier of the site.
    package var site: String
    /// Its name, for people.
    package var siteName: String
    /// The time zone of the site, for example `Asia/Shanghai`.
    package var timeZone: String?
    /// The version of the site document that runs.
    package var siteVersion: Int
    /// The version of linlid.
    package var version: String
    /// Since linlid was started.
    package var uptimeSeconds: Double
    /// What linlid takes for the time of day, in milliseconds since 1970, UTC.
    package var time: Int64
    /// Whether a time service confirms it.
    package var isClockSynchronized: Bool
    package var stateFolder: String
    /// Memory of linlid in RAM.
    package var residentBytes: Int64
    /// Processor time used since the start, user and system.
    package var cpuSeconds: Double
    /// In the order of the site document.
    package var buses: [BusSummary]
    package var devicesAnswering: Int
    package var devicesSilent: Int
    /// Includes those that were not asked yet, and those on a bus that is down.
    package var devicesTotal: Int
    /// Since the start; missing readings count.
    package var readingsRecorded: Int64
    package var openBatch: OpenBatch
    package var cache: CacheSummary
    /// In the order of the site document.
    package var destinations: [DestinationSummary]
    /// All that needs a person, the worst first; empty when all is well.
    package var faults: [StatusFault]

    package init(
        site: String, siteName: String, timeZone: String? = nil, siteVersion: Int, version: String,
        uptimeSeconds: Double, time: Int64, isClockSynchronized: Bool, stateFolder: String,
        residentBytes: Int64, cpuSeconds: Double, buses: [BusSummary] = [], devicesAnswering: Int,
        devicesSilent: Int, devicesTotal: Int, readingsRecorded: Int64, openBatch: OpenBatch,
        cache: CacheSummary, destinations: [DestinationSummary] = [], faults: [StatusFault] = []
    ) {
        self.site = site
        self.siteName = siteName
        self.timeZone = timeZone
        self.siteVersion = siteVersion
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.time = time
        self.isClockSynchronized = isClockSynchronized
        self.stateFolder = stateFolder
        self.residentBytes = residentBytes
        self.cpuSeconds = cpuSeconds
        self.buses = buses
        self.devicesAnswering = devicesAnswering
        self.devicesSilent = devicesSilent
        self.devicesTotal = devicesTotal
        self.readingsRecorded = readingsRecorded
        self.openBatch = openBatch
        self.cache = cache
        self.destinations = destinations
        self.faults = faults
    }
}

/// One bus in a line.
package struct BusSummary: Codable, Hashable, Sendable {
    package var name: String
    package var isConnected: Bool
    package var devicesAnswering: Int
    package var devicesTotal: Int
    /// How much of the time since it was started the bus was taken: 0 to 1.
    package var load: Double?
    /// Why it is not connected, in words.
    package var fault: String?

    package init(
        name: String, isConnected: Bool, devicesAnswering: Int, devicesTotal: Int,
        load: Double? = nil, fault: String? = nil
    ) {
        self.name = name
        self.isConnected = isConnected
        self.devicesAnswering = devicesAnswering
        self.devicesTotal = devicesTotal
        self.load = load
        self.fault = fault
    }
}

/// The readings that are not in the cache yet: what a power cut would lose.
package struct OpenBatch: Codable, Hashable, Sendable {
    package var readings: Int
    /// The time of the first of them, in milliseconds since 1970; `nil` where there are none.
    package var since: Int64?

    package init(
        readings: Int, since: Int64? = nil
    ) {
        self.readings = readings
        self.since = since
    }
}

/// The cache in a line.
package struct CacheSummary: Codable, Hashable, Sendable {
    package var usedBytes: Int64
    package var maximumBytes: Int64
    package var batches: Int64
    package var readings: Int64
    /// Why nothing can be stored at the moment, in words.
    package var fault: String?

    package init(
        usedBytes: Int64, maximumBytes: Int64, batches: Int64, readings: Int64, fault: String? = nil
    ) {
        self.usedBytes = usedBytes
        self.maximumBytes = maximumBytes
        self.batches = batches
        self.readings = readings
        self.fault = fault
    }
}

/// One destination in a line.
package struct DestinationSummary: Codable, Hashable, Sendable {
    package var name: String
    package var isConnected: Bool
    /// In all lanes together.
    package var batchesBehind: Int64
    /// The first time in the oldest batch it does not have, in milliseconds since 1970.
    package var waitingSince: Int64?
    /// Why nothing gets through, in words.
    package var fault: String?

    package init(
        name: String, isConnected: Bool, batchesBehind: Int64, waitingSince: Int64? = nil,
        fault: String? = nil
    ) {
        self.name = name
        self.isConnected = isConnected
        self.batchesBehind = batchesBehind
        self.waitingSince = waitingSince
        self.fault = fault
    }
}
