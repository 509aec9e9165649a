import Synchronization
package import Telemetry

/// The way to one destination over MQTT 3.1.1 or 5, at QoS 0 or 1.
///
/// One thread of its own carries the connection. Each connection is a new client of the library
/// with the same session on the broker: nothing is sent again but by whoever publishes it again.
/// The consumer of ``events`` holds the connection up where it does not read: nothing is dropped.
package final class MQTTUplink: Uplink {
    package let events: AsyncStream<UplinkEvent>
    private let mailbox: UplinkMailbox

    /// Starts the thread; connects nowhere yet.
    package init(_ settings: MQTTConnectionSettings) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: UplinkEvent.self, bufferingPolicy: .bufferingOldest(1_024))
        events = stream
        mailbox = UplinkMailbox()
        ConnectionThread(settings, mailbox: mailbox, events: continuation).start()
    }

    deinit {
        _ = mailbox.post(.close(nil))
    }

    package func connect(_ terms: ConnectionTerms) async {
        _ = mailbox.post(.connect(terms))
    }

    /// Sends a message at least once. Its fate comes as an event with its token, which may be
    /// there before this returns.
    ///
    /// - Throws: ``UplinkFault/notConnected``, or ``UplinkFault/tooLarge(limit:)`` where MQTT or
    ///   the broker allows no packet of this size. A broker of MQTT 3.1.1 does not tell its limit:
    ///   it drops the message or the connection.
    package func publish(_ message: OutgoingMessage) async throws(UplinkFault) {
        let fault = await withCheckedContinuation { mailbox.post(message, $0) }
        if let fault { throw fault }
    }

    package func disconnect() async {
        _ = mailbox.post(.disconnect)
    }

    /// Ends the uplink for good, and with it the thread, the socket and ``events``.
    package func close() async {
        await withCheckedContinuation { mailbox.close($0) }
    }
}
