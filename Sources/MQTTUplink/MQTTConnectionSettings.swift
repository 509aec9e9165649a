package import MQTT

/// How a connection to a broker is made.
@dynamicMemberLookup
package struct MQTTConnectionSettings: Hashable, Sendable {
    package var broker: BrokerAccess
    /// How long a connection may take to be made, with TLS and all subscriptions. Does not bound
    /// the resolver, which has timeouts of its own (`resolv.conf`).
    package var connectTimeout: Duration
    /// How long the broker's machine may take to answer at all. Short, since a network that was
    /// cut lets the kernel ask again more and more seldom: a new attempt asks at once.
    package var reachTimeout: Duration
    /// How long the broker may take for each step from then on.
    package var answerTimeout: Duration

    package init(
        _ broker: BrokerAccess, connectTimeout: Duration = .seconds(25),
        reachTimeout: Duration = .seconds(4), answerTimeout: Duration = .seconds(10)
    ) {
        self.broker = broker
        self.connectTimeout = connectTimeout
        self.reachTimeout = reachTimeout
        self.answerTimeout = answerTimeout
    }

    package subscript<Value>(dynamicMember path: WritableKeyPath<BrokerAccess, Value>) -> Value {
        get { broker[keyPath: path] }
        set { broker[keyPath: path] = newValue }
    }
}
