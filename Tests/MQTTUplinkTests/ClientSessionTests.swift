import Execution
import MQTT
@testable import MQTTUplink
import Telemetry
import Testing

/// A session in virtual time, against packets written by hand.
struct ClientSessionTests {
    typealias Version = ProtocolVersion

    // MARK: - An honest broker

    @Test func whatCameBeforeTheSubscriptionWasConfirmedIsToldAfterIt() {
        var world = SessionWorld(.v5)
        world.broker([0x20, 3, 0, 0, 0])
        world.broker([0x32, 8, 0, 3, 0x61, 0x63, 0x6B, 0, 9, 0])
        #expect(world.session.takeEvents() == [])
        world.confirm()
        #expect(
            world.session.takeEvents() == [.connected, .received(topic: "ack", payload: [])])
        #expect(world.said.suffix(4) == [0x40, 2, 0, 9])
    }

    @Test func aMessageOfQoS2IsToldOnceHoweverOftenItComes() {
        var world = SessionWorld.ready(.v5)
        for _ in 0..<3 { world.broker([0x34, 9, 0, 3, 0x61, 0x63, 0x6B, 0, 9, 0, 7]) }
        #expect(world.session.takeEvents() == [.received(topic: "ack", payload: [7])])
        world.broker([0x62, 2, 0, 9])
        #expect(world.said.suffix(4) == [0x70, 2, 0, 9])
        world.broker([0x34, 9, 0, 3, 0x61, 0x63, 0x6B, 0, 9, 0, 8])
        #expect(world.session.takeEvents() == [.received(topic: "ack", payload: [8])])
    }

    @Test func noMoreIsUnderWayThanTheBrokerWants() {
        var world = SessionWorld(.v5)
        world.broker([0x20, 6, 0, 0, 3, 0x21, 0, 2])
        world.confirm()
        world.said = []
        for token in UInt64(1)...4 { world.publish(token) }
        #expect(world.packets(of: .publish) == 2)
        world.broker([0x40, 2, 0, 2])
        #expect(world.packets(of: .publish) == 3)
        world.broker([0x40, 2, 0, 3, 0x40, 2, 0, 4, 0x40, 2, 0, 5])
        #expect(
            world.session.takeEvents()
                == [.connected, .accepted(1), .accepted(2), .accepted(3), .accepted(4)])
        #expect(world.session.isIdle)
    }

    @Test func aPINGREQGoesOutWhereNothingElseDoesAndItsAnswerIsAwaited() {
        var world = SessionWorld.ready(.v311)
        world.wait(.seconds(29))
        #expect(world.said == [])
        world.wait(.seconds(2))
        #expect(world.said == [0xC0, 0])
        world.broker([0xD0, 0])
        world.wait(.seconds(29))
        #expect(world.session.fault == nil)
        world.wait(.seconds(2))
        #expect(world.said == [0xC0, 0, 0xC0, 0])
        world.wait(.seconds(31))
        #expect(
            world.session.fault
                == .unreachable("broker:1883 has not answered within the keep-alive time"))
    }

    @Test func anAnswerThatIsNotReadIsNotLate() {
        var world = SessionWorld.ready(.v311)
        world.wait(.seconds(31))
        world.isReading = false
        world.wait(.seconds(300))
        #expect(world.session.fault == nil)
        world.isReading = true
        world.wait(.seconds(31))
        #expect(world.session.fault != nil)
    }

    @Test func theBrokersKeepAliveGoesBeforeOurs() {
        var world = SessionWorld(.v5)
        world.broker([0x20, 6, 0, 0, 3, 0x13, 0, 5])
        world.confirm()
        world.said = []
        world.wait(.seconds(6))
        #expect(world.said == [0xC0, 0])
    }

    @Test func aGoodByeIsSaidOnce() {
        var world = SessionWorld.ready(.v5)
        world.session.leave()
        world.session.leave()
        world.listen()
        #expect(world.said == [0xE0, 0])
    }

    // MARK: - A broker that does not go on

    @Test(arguments: Version.allCases)
    func halfAPacketIsWaitedForOnlySoLong(_ version: Version) {
        var world = SessionWorld.ready(version)
        world.broker([0x32, 8, 0, 3, 0x61])
        world.wait(.seconds(29))
        #expect(world.session.fault == nil)
        world.wait(.seconds(2))
        let words = "broker:1883 began a PUBLISH packet and did not end it"
        #expect(world.session.fault == .refused(words))
    }

    @Test func aByteASecondDoesNotKeepAPacketOpen() {
        var world = SessionWorld.ready(.v5)
        world.broker([0x32, 0x80, 0x40])
        for _ in 0..<40 where world.session.fault == nil {
            world.wait(.seconds(1))
            world.broker([0x61])
        }
        #expect(
            world.session.fault
                == .refused("broker:1883 began a PUBLISH packet and did not end it"))
    }

    @Test func aSlowPacketIsWaitedForAccordingToItsSize() {
        var world = SessionWorld.ready(.v5)
        // 200 000 bytes: 30 s and 12 s more.
        world.broker([0x32, 0xC0, 0x9A, 0x0C, 0, 3, 0x61, 0x63, 0x6B, 0, 9, 0])
        for _ in 0..<40 {
            world.wait(.seconds(1))
            world.broker([UInt8](repeating: 1, count: 5_000 - (world.seconds == 1 ? 8 : 0)))
        }
        #expect(world.session.fault == nil)
        #expect(world.session.takeEvents().count == 1)
    }

    // MARK: - A broker that says too much

    @Test func aFloodIsSlowedDownAndEndsAfterAWhile() throws {
        var world = SessionWorld.ready(.v5)
        let flood = Array(
            repeating: [UInt8]([0x30, 7, 0, 3, 0x61, 0x63, 0x6B, 0, 0x2E]), count: 1_820
        ).flatMap(\.self)
        var messages = 0
        var reads = 0
        while world.session.fault == nil {
            reads += 1
            try #require(reads < 1_000 && world.seconds < 120)
            world.broker(flood)
            messages += world.session.takeEvents().count
            if let next = world.session.readsAgain(after: world.now) {
                world.now = next
            }
        }
        #expect(
            world.session.fault
                == .refused("broker:1883 sends more messages than the gateway can have asked for"))
        #expect(world.said.suffix(3) == [0xE0, 1, 0x96])
        let seconds = Double(world.now.nanoseconds) / 1e9
        #expect((30...33).contains(seconds))
        #expect(Double(messages) < (2_097_152 + 262_144 * seconds) / 263 + 1_820)
    }

    /// A broker has kept the acknowledgements of a day for a gateway that was away.
    @Test func manyMessagesAtOnceAreNoFlood() {
        var world = SessionWorld.ready(.v311)
        let messages = Array(
            repeating: [UInt8]([0x30, 6, 0, 3, 0x61, 0x63, 0x6B, 0x2E]), count: 500
        )
        .flatMap(\.self)
        for _ in 0..<50 {
            world.broker(messages)
            if let next = world.session.readsAgain(after: world.now) { world.now = next }
        }
        #expect(world.session.fault == nil)
        #expect(world.session.takeEvents().count == 25_000)
        #expect(world.now < MonotonicTime(nanoseconds: 20_000_000_000))
    }

    /// A backlog is drained at a thousand messages a second, and the platform is verbose.
    @Test func acknowledgementsOfWhatIsSentAreNoFlood() throws {
        var world = SessionWorld.ready(.v311)
        let acknowledgement =
            [0x30, 0xFA, 0x03, 0, 3, 0x61, 0x63, 0x6B] + [UInt8](repeating: 0x2E, count: 501)
        for token in UInt64(1)...36_000 {
            world.publish(token)
            let identifier = world.said.suffix(5).prefix(2)
            world.broker([0x40, 2] + identifier + acknowledgement)
            try #require(world.session.readsAgain(after: world.now) == nil)
            world.said = []
            world.now = world.now.advanced(by: .milliseconds(1))
        }
        #expect(world.session.fault == nil)
        #expect(world.session.takeEvents().count == 72_000)
    }

    @Test func aBrokerThatDoesNotReadTheAnswersIsNotReadEither() {
        var world = SessionWorld.ready(.v311)
        var count = 0
        while world.session.readsAgain(after: world.now) == nil, count < 100_000 {
            world.deliver([0x32, 7, 0, 3, 0x61, 0x63, 0x6B, 0, 9])
            count += 1
        }
        #expect(count < 5_000)
        #expect(world.session.fault == nil)
        #expect(world.session.takeOutput().count < 20_000)
        #expect(world.session.readsAgain(after: world.now) == nil)
    }

    @Test func someAnswersThatNobodyAskedForAreOverlooked() {
        var world = SessionWorld.ready(.v5)
        for _ in 0..<64 { world.broker([0x40, 2, 0x77, 0x77]) }
        #expect(world.session.fault == nil)
        world.wait(.seconds(10))
        for _ in 0..<10 { world.broker([0x40, 2, 0x77, 0x77]) }
        #expect(world.session.fault == nil)
        world.broker([0x40, 2, 0x77, 0x77])
        #expect(world.session.fault != nil)
    }

    @Test func moreMessagesThanCanWaitAreNotTaken() {
        var world = SessionWorld.ready(.v5)
        for token in UInt64(1)...1_044 { #expect(world.publish(token) == nil) }
        #expect(world.publish(1_045) == .refused("1024 messages wait for the broker already"))
    }

    // MARK: - Anything

    /// Whatever comes, in whatever pieces: nothing traps, nothing grows, an end is an end, and each
    /// message has one fate.
    @Test(arguments: 0..<400)
    func noBytesOfABrokerEndMoreThanTheConnection(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var world = SessionWorld(Bool.random(using: &random) ? .v5 : .v311)
        var fates: [UInt64: Int] = [:]
        var isConnected = false
        for step in 0..<200 {
            let wasEnded = world.session.fault != nil
            if step == 0 || Int.random(in: 0..<12, using: &random) == 0 {
                world.broker(world.version == .v5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0])
                world.confirm()
            }
            if Bool.random(using: &random) { world.publish(UInt64(step)) }
            world.broker(RandomPackets.next(world.version, &random))
            world.wait(.milliseconds(Int.random(in: 0...2_000, using: &random)))
            for event in world.session.takeEvents() {
                #expect(!wasEnded, "seed \(seed): \(event) after the end")
                switch event {
                case .connected: isConnected = true
                case .accepted(let token), .refused(let token, _): fates[token, default: 0] += 1
                case .received, .ignored, .notSubscribed: #expect(isConnected)
                case .disconnected: Issue.record("a session tells its end as a fault")
                }
            }
            #expect(world.said.count < 1 << 20)
            world.said = []
        }
        #expect(fates.values.allSatisfy { $0 == 1 })
    }
}
