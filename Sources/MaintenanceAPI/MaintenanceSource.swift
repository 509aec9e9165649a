package import Execution
package import Metering

/// The seam between the maintenance interface and the running gateway.
///
/// Each member answers one question with the state of that moment; all may be called at any
/// time, by several clients at once. A member that cannot answer throws the ``Problem`` that the
/// client is shown. Points, devices and times are valid values; that a point exists is for the
/// member to check, except that the server has looked in ``points`` before it passes one on.
package struct MaintenanceSource: Sendable {
    package let status: @Sendable () async throws(Problem) -> StatusReport
    /// In the order of the site document, as ``devices`` and ``deliveries`` are.
    package let buses: @Sendable () async throws(Problem) -> [BusReport]
    package let devices: @Sendable () async throws(Problem) -> [DeviceReport]
    /// The names of all points that can be read, `device/point`, those not polled included.
    package let points: @Sendable () async throws(Problem) -> [String]
    /// The latest reading of each point that was read since the start.
    package let readings: @Sendable () async throws(Problem) -> [PointReading]
    /// Reads a point from its device now. A device that fails gives a missing reading or throws;
    /// never an old value.
    package let read: @Sendable (PointIdentifier) async throws(Problem) -> PointReading
    /// The readings of points as they are recorded; of all points where the list is empty.
    ///
    /// The stream is bounded and drops the oldest. The server ends it when the client leaves: the
    /// source hears of it through the stream's `onTermination`.
    package let watch: @Sendable ([WatchTarget]) async throws(Problem) -> AsyncStream<PointReading>
    /// The readings of a point in the cache, both ends included.
    package let history:
        @Sendable (PointIdentifier, ClosedRange<Timestamp>) async throws(Problem) -> HistoryReport
    package let cache: @Sendable () async throws(Problem) -> CacheReport
    package let deliveries: @Sendable () async throws(Problem) -> [DeliveryReport]
    /// Sends a raw request in its turn: a read as an on-demand read, a write as a command.
    package let exchange: @Sendable (ModbusExchange) async throws(Problem) -> ModbusAnswer
    /// Reads the site document again and takes it over where it is valid. Faults of the document
    /// are an answer, not a problem.
    package let reload: @Sendable () async throws(Problem) -> ReloadReport
    package let mechanisms: MechanismSource

    package init(
        status: @escaping @Sendable () async throws(Problem) -> StatusReport,
        buses: @escaping @Sendable () async throws(Problem) -> [BusReport],
        devices: @escaping @Sendable () async throws(Problem) -> [DeviceReport],
        points: @escaping @Sendable () async throws(Problem) -> [String],
        readings: @escaping @Sendable () async throws(Problem) -> [PointReading],
        read: @escaping @Sendable (PointIdentifier) async throws(Problem) -> PointReading,
        watch:
            @escaping @Sendable ([WatchTarget]) async throws(Problem)
            -> AsyncStream<PointReading>,
        history:
            @escaping @Sendable (PointIdentifier, ClosedRange<Timestamp>)
            async throws(Problem) -> HistoryReport,
        cache: @escaping @Sendable () async throws(Problem) -> CacheReport,
        deliveries: @escaping @Sendable () async throws(Problem) -> [DeliveryReport],
        exchange: @escaping @Sendable (ModbusExchange) async throws(Problem) -> ModbusAnswer,
        reload: @escaping @Sendable () async throws(Problem) -> ReloadReport,
        mechanisms: MechanismSource
    ) {
        self.status = status
        self.buses = buses
        self.devices = devices
        self.points = points
        self.readings = readings
        self.read = read
        self.watch = watch
        self.history = history
        self.cache = cache
        self.deliveries = deliveries
        self.exchange = exchange
        self.reload = reload
        self.mechanisms = mechanisms
    }
}

/// What a client wants to watch.
package enum WatchTarget: Hashable, Sendable {
    case device(DeviceIdentifier)
    case point(PointIdentifier)

    /// Reads `device` or `device/point`.
    package init?(_ text: String) {
        if let point = PointIdentifier(text) {
            self = .point(point)
        } else if let device = DeviceIdentifier(text) {
            self = .device(device)
        } else {
            return nil
        }
    }

    /// Whether this target takes in that point.
    package func contains(_ identifier: PointIdentifier) -> Bool {
        switch self {
        case .device(let device): identifier.device == device
        case .point(let point): identifier == point
        }
    }
}
