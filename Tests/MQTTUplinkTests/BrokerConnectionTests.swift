import Execution
import Glibc
import MQTT
@testable import MQTTUplink
import Telemetry
import TestSupport
import Testing

/// What leads from one stage of a connection to the next, and out of each.
@Suite(.timeLimit(.minutes(5))) struct BrokerConnectionTests {
    /// A connection, and its time: that of this machine, and what a test lets pass at once.
    private final class Scene {
        let connection: BrokerConnection
        var events: [UplinkEvent] = []
        private var passed: Duration = .zero

        init(to ports: [UInt16]) {
            let settings = MQTTConnectionSettings(
                BrokerAccess(host: "127.0.0.1", port: ports[0], version: .v5, clientID: "gateway"))
            connection = BrokerConnection(settings, .listening(to: ["ack"])) {
                settings throws(UplinkFault) in
                var addresses: [BrokerAddress] = []
                for port in ports {
                    var other = settings
                    other.port = port
                    addresses += try BrokerAddress.resolve(other)
                }
                return addresses
            } now: {
                Self.time
            }
        }

        private static var time: MonotonicTime {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return MonotonicTime(
                nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        }

        var now: MonotonicTime { Self.time.advanced(by: passed) }

        /// Lets time pass in which the socket says nothing.
        func pass(_ duration: Duration) {
            passed += duration
            connection.serve(0, now: now, isHeld: false)
        }

        /// Serves the connection until an event has come, or its end.
        func run(until event: UplinkEvent? = nil) {
            while connection.fault == nil, event == nil || !events.contains(event!) {
                let interest = connection.interest(isHeld: false, now: now)
                var socket = pollfd(fd: connection.descriptor, events: interest, revents: 0)
                poll(&socket, 1, 20)
                connection.serve(socket.revents, now: now, isHeld: false)
                events += connection.takeEvents()
            }
        }
    }

    @Test func anAddressThatRefusesIsFollowedByTheNext() async throws {
        let refusing = try TestBroker.freePort()
        try await HostileBroker.run(at: TestBroker.freePort()) {
            $0.welcome(5)
            $0.fallSilent()
        } _: { broker in
            let scene = Scene(to: [refusing, broker.port])
            scene.run(until: .connected)
            #expect(scene.connection.fault == nil)
        }
    }

    @Test func anAddressThatSaysNothingIsFollowedByTheNext() async throws {
        try await HostileBroker.run(at: TestBroker.freePort()) {
            $0.welcome(5)
            $0.fallSilent()
        } _: { broker in
            let scene = Scene(to: [broker.port, broker.port])
            let first = scene.connection.nextTick(after: scene.now)
            // Nobody looks whether it has been reached.
            scene.pass(scene.now.duration(to: first) + .milliseconds(1))
            #expect(scene.connection.fault == nil)
            #expect(scene.connection.nextTick(after: scene.now) > first)
            scene.run(until: .connected)
            #expect(scene.connection.fault == nil)
        }
    }

    @Test func theLastAddressThatRefusesIsTheEnd() throws {
        let ports = [try TestBroker.freePort(), try TestBroker.freePort()]
        let scene = Scene(to: ports)
        scene.run()
        let words = "127.0.0.1:\(ports[0]) cannot be reached: Connection refused"
        #expect(scene.connection.fault == .unreachable(words))
        #expect(scene.connection.hangUp == nil)
    }

    @Test func theLastAddressThatSaysNothingIsTheEnd() async throws {
        try await HostileBroker.run(at: TestBroker.freePort()) {
            $0.fallSilent()
        } _: { broker in
            let scene = Scene(to: [broker.port])
            scene.pass(.seconds(5))
            let words = "127.0.0.1:\(broker.port) cannot be reached: Connection timed out"
            #expect(scene.connection.fault == .unreachable(words))
        }
    }

    /// What had happened before is told, and then that nothing will.
    @Test func aBrokerThatHangsUpOnAReadyClientIsNotedAndNothingLeadsOutOfTheEnd() async throws {
        try await HostileBroker.run(at: TestBroker.freePort()) {
            $0.welcome(5)
        } _: { broker in
            let scene = Scene(to: [broker.port])
            let begin = scene.now
            scene.run()
            #expect(scene.events == [.connected])
            #expect(scene.connection.fault == .refused("the broker closed the connection"))
            let hangUp = try #require(scene.connection.hangUp)
            #expect(hangUp.isIdle && hangUp.readySince >= begin)
            scene.pass(.seconds(100))
            scene.connection.leave(now: scene.now)
            #expect(!scene.connection.isLeaving)
            #expect(
                scene.connection.publish(message(1, "up", [1]), now: scene.now) == .notConnected)
            #expect(scene.connection.takeEvents().isEmpty)
            #expect(scene.connection.fault == .refused("the broker closed the connection"))
        }
    }

    @Test func aBrokerThatHangsUpBeforeItsAnswerIsNoHangUp() async throws {
        try await HostileBroker.run(at: TestBroker.freePort()) {
            $0.readPacket()
        } _: { broker in
            let scene = Scene(to: [broker.port])
            scene.run()
            #expect(scene.connection.fault == scene.connection.settings.closedUnanswered)
            #expect(scene.connection.hangUp == nil)
        }
    }

    @Test func aGoodByeIsWrittenAndTheConnectionStaysUntilItIsLetGo() async throws {
        try await HostileBroker.run(at: TestBroker.freePort()) {
            $0.welcome(5)
            $0.fallSilent()
        } _: { broker in
            let scene = Scene(to: [broker.port])
            scene.run(until: .connected)
            scene.connection.leave(now: scene.now)
            #expect(!scene.connection.isLeaving)
            #expect(scene.connection.fault == nil)
            #expect(
                scene.connection.publish(message(1, "up", [1]), now: scene.now) == .notConnected)
        }
    }
}
