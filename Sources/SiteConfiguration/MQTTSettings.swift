package import MQTT

/// How messages go to an MQTT broker.
package struct MQTTSettings: Hashable, Sendable {
    package let broker: BrokerAccess
    /// How long a PUBACK may take before the connection is taken for dead.
    package let acknowledgeTimeout: Duration
    /// How soon a broker that does not answer is tried again, at the latest.
    package let reconnectWithin: Duration
    /// The most bytes of a payload, where the broker is known to take no more.
    package let largestMessage: Int?

    package init(
        broker: BrokerAccess, acknowledgeTimeout: Duration,
        reconnectWithin: Duration = .seconds(10), largestMessage: Int? = nil
    ) {
        self.broker = broker
        self.acknowledgeTimeout = acknowledgeTimeout
        self.reconnectWithin = reconnectWithin
        self.largestMessage = largestMessage
    }
}
