import Charging
import Execution
import GPIO
import Metering
import SiteConfiguration
import Telemetry
import Testing

@Suite struct ChargingGroupStateTests {
    private func two(
        limit: Amperes = 24, maximum: Amperes = 16, fallback: Amperes? = nil,
        feeder: FeederConfiguration? = nil
    ) -> ChargingWorld {
        ChargingWorld(
            Chargers.group(
                limit: limit, feeder: feeder,
                Chargers.charger("a", maximum: maximum, fallback: fallback),
                Chargers.charger("b", maximum: maximum, fallback: fallback)))
    }

    @Test func twoCarsShareWhatThereIs() {
        var world = two()
        world.pass(.seconds(30))
        #expect(world.registers == [12, 12])
        #expect(world.status.map(\.reason) == [.shared, .shared])
        #expect(world.count("charging.started") == 2)
    }

    @Test func aChargerWithoutACarHasNothing() {
        var world = two()
        world.points[0].hasCar = false
        world.pass(.seconds(30))
        #expect(world.registers == [0, 16])
        #expect(world.status.map(\.reason) == [.free, .full])
        world.points[0].hasCar = true
        world.pass(.seconds(30))
        #expect(world.registers == [12, 12])
    }

    @Test func nobodyIsRaisedBeforeTheOtherHasGivenWay() {
        var world = two()
        world.points[0].hasCar = false
        world.pass(.seconds(30))
        world.points[0].hasCar = true
        var seen: [[Int]] = []
        world.pass(.seconds(30)) { world in
            if seen.last != world.registers { seen.append(world.registers) }
        }
        #expect(seen == [[0, 16], [0, 12], [12, 12]])
    }

    @Test func aSilentChargerKeepsItsShare() {
        var world = two()
        world.pass(.seconds(30))
        world.points[0].isReached = false
        try? world.stop("a")
        world.pass(.seconds(300))
        #expect(world.registers == [12, 12], "it never heard of the stop")
        #expect(world.status[0].isSilent)
        #expect(world.status[0].reserved == 12)
        #expect(world.count("charger.fault") == 1)
        world.points[0].isReached = true
        world.pass(.seconds(90))
        #expect(world.registers == [0, 16])
        #expect(world.count("charger.restored") == 1)
    }

    @Test func aSilentChargerThatFallsBackCountsWithThat() {
        var world = two(fallback: 16)
        world.pass(.seconds(30))
        world.points[0].isReached = false
        world.pass(.seconds(30))
        #expect(world.status[0].reserved == 16)
        #expect(world.registers[1] == 8)
    }

    @Test func aRefusalIsAFaultAndKeepsItsShare() {
        var world = two()
        world.pass(.seconds(30))
        world.points[0].refuses = true
        world.points[1].hasCar = false
        world.pass(.seconds(120))
        #expect(world.registers == [12, 0])
        #expect(world.status[0].fault == .exception(4))
        world.points[1].hasCar = true
        world.pass(.seconds(60))
        #expect(world.registers == [12, 12])
    }

    @Test func aCarThatDrawsTooMuchIsToldOfAndCovered() {
        var world = two()
        world.pass(.seconds(30))
        world.points[0].isGreedy = true
        world.pass(.seconds(30))
        #expect(world.status[0].isDisobeying)
        #expect(world.status[0].reserved == 16)
        #expect(world.registers[1] == 8)
        #expect(world.events.last { $0.kind == "charger.limitNotObeyed" }?.severity == .alarm)
        world.points[0].isGreedy = false
        world.pass(.seconds(60))
        #expect(world.registers == [12, 12])
        #expect(world.count("charger.limitObeyed") == 1)
    }

    @Test func aStopIsKeptAndEndsByItself() throws {
        var world = two()
        world.pass(.seconds(30))
        try world.stop("a", for: .seconds(100))
        world.pass(.seconds(30))
        #expect(world.registers == [0, 16])
        #expect(world.kept?.map(\.charger) == ["a"])
        world.restart(hasArrived: true, seed: 2)
        world.pass(.seconds(40))
        #expect(world.status[0].reason == .stopped)
        #expect(world.registers == [0, 16])
        world.pass(.seconds(60))
        #expect(world.registers == [12, 12])
        #expect(world.kept == [])
        #expect(throws: ChargingRefusal.unknownCharger("c")) { try world.stop("c") }
        #expect(throws: ChargingRefusal.duration(.zero)) { try world.stop("a", for: .zero) }
    }

    @Test func aStopWithoutAnEndLastsUntilAStart() throws {
        var world = two()
        try world.stop("b")
        world.pass(.seconds(86_400))
        #expect(world.registers == [16, 0])
        try world.start("b")
        world.pass(.seconds(30))
        #expect(world.registers == [12, 12])
        let acts = world.events.filter { $0.subject == "b" && $0.details["by"] != nil }
        #expect(acts.map(\.kind) == ["charger.stopped", "charger.started"])
        #expect(acts.map { $0.details["by"] } == ["janitor", "janitor"])
    }

    @Test func anAlarmStopsAllUntilItIsOver() {
        var world = two()
        world.pass(.seconds(30))
        world.hold(nil)
        world.pass(.seconds(1))
        #expect(world.registers == [0, 0])
        #expect(world.status.map(\.reason) == [.alarm, .alarm])
        world.release(nil)
        world.pass(.seconds(30))
        #expect(world.registers == [12, 12])
    }

    @Test func whoFindsTooLittleWaitsForATurn() {
        var world = ChargingWorld(
            Chargers.group(
                limit: 13, turn: .seconds(600), Chargers.charger("a"), Chargers.charger("b"),
                Chargers.charger("c")))
        world.pass(.seconds(60))
        #expect(world.registers == [7, 6, 0])
        #expect(world.status[2].reason == .waiting)
        #expect(world.count("charger.paused") == 1)
        world.pass(.seconds(600))
        #expect(world.registers.filter { $0 == 0 }.count == 1)
        #expect(world.registers[2] > 0)
        #expect(world.count("charger.resumed") == 1)
    }

    @Test func aCarThatDrawsNothingGivesWay() {
        var world = ChargingWorld(
            Chargers.group(
                limit: 6, turn: .seconds(600), Chargers.charger("a"), Chargers.charger("b")))
        world.points[0].appetite = 0
        world.pass(.seconds(200))
        #expect(world.registers == [0, 6])
        #expect(world.status[0].reason == .idle)
        // It is offered a turn again, takes nothing of it, and gives way again.
        var offered = 0
        world.pass(.seconds(3_000)) { world in
            if world.registers[0] > 0 { offered += 1 }
        }
        #expect(offered > 0)
        #expect(world.registers == [0, 6])
    }

    @Test func anIdleCarHoldsTheLeastWhereThereIsRoom() {
        var world = two(limit: 24, maximum: 32)
        world.points[0].appetite = 0
        world.pass(.seconds(300))
        #expect(world.registers == [6, 18])
        world.points[0].appetite = 32
        world.pass(.seconds(60))
        #expect(world.registers == [12, 12], "it began by itself")
    }

    @Test func whatIsToldIsToldAgain() {
        var world = two()
        world.pass(.seconds(60))
        world.forgetHistory()
        world.pass(.seconds(200))
        // Each of two every 20 s.
        #expect((18...22).contains(world.tellCount), "\(world.tellCount)")
    }

    @Test func aChargerThatForgotIsToldAgain() {
        var world = two()
        world.pass(.seconds(60))
        world.set(6, of: 0)
        world.pass(.seconds(25))
        #expect(world.registers == [12, 12])
    }

    // MARK: - Feeder

    @Test func whatOthersDrawIsNotForTheCars() {
        var world = two(limit: 40, maximum: 32, feeder: Chargers.feeder(limit: 100))
        world.others = PhaseCurrents(l1: 70, l2: 10, l3: 10)
        world.pass(.seconds(60))
        #expect(world.registers == [15, 15])
        world.others.l1 = 90
        world.pass(.seconds(15))
        #expect(world.registers.reduce(0, +) <= 10)
        world.others.l1 = 20
        world.pass(.seconds(20))
        #expect(world.registers.reduce(0, +) <= 10, "not raised at once")
        world.pass(.seconds(60))
        #expect(world.registers == [20, 20])
    }

    @Test func aFeederThatCannotBeReadLeavesWhatTheDocumentSays() {
        var world = two(
            limit: 40, feeder: Chargers.feeder(limit: 100, withoutReadings: 13))
        world.isFeederRead = false
        world.pass(.seconds(60))
        #expect(world.registers == [7, 6])
        world.isFeederRead = true
        world.pass(.seconds(90))
        #expect(world.registers == [16, 16])
        world.isFeederRead = false
        world.pass(.seconds(30))
        #expect(world.registers == [7, 6])
        #expect(world.count("charging.feederLost") == 2)
        #expect(world.count("charging.feederRead") == 1)
    }

    @Test func aStartingCarDoesNotLookLikeTheOthers() {
        var world = two(limit: 40, maximum: 32, feeder: Chargers.feeder(limit: 60))
        world.others = PhaseCurrents(20)
        world.points[0].hasCar = false
        world.points[1].hasCar = false
        world.pass(.seconds(60))
        world.points[0].hasCar = true
        world.points[1].hasCar = true
        world.pass(.seconds(60))
        #expect(world.registers == [20, 20])
        world.forgetHistory()
        world.pass(.seconds(600)) { #expect($0.registers == [20, 20]) }
    }
}
