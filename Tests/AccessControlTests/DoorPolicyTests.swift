import AccessControl
import Execution
import GPIO
import SiteConfiguration
import Telemetry
import Testing

struct DoorPolicyTests {
    private static func moment(_ milliseconds: Int64) -> Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: milliseconds * 1_000_000),
            wall: WallTime(Timestamp(milliseconds: milliseconds), isSynchronized: true))
    }

    private static func line(_ name: String) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: "sim", offset: 0)))
    }

    private static func change(_ name: String, _ isActive: Bool) -> DoorPolicy.Input {
        .line(
            LineChange(
                LineName(name), LineState(isActive: isActive), at: MonotonicTime(nanoseconds: 0)))
    }

    /// A door that is closed, and locked for sure.
    private static func door(isFailSafe: Bool = false) -> DoorPolicy {
        var door = DoorPolicy(
            DoorConfiguration(
                name: "entrance", strike: line("LOCK8"), isFailSafe: isFailSafe,
                contact: line("DOOR8"), exit: line("BUTTON8")),
            at: MonotonicTime(nanoseconds: 0))
        #expect(
            door.start(at: moment(0), knowing: [change("DOOR8", true)])
                == [.set(isActive: isFailSafe)])
        #expect(door.handle(.switched(isActive: isFailSafe, nil), at: moment(1)) == [])
        return door
    }

    @Test func aReleaseIsWrittenDownThenToldThenAnswered() {
        var door = Self.door()
        let (number, actions) = door.release(by: "ann", at: Self.moment(10))
        #expect(
            actions == [.write(AccessRegister.Deed("ann", "released", "entrance"), number)])
        let told = door.handle(.written(number), at: Self.moment(20))
        guard case .record(let event, .event) = told.first else {
            Issue.record("no event")
            return
        }
        #expect(event.kind == "door.released" && event.details["by"] == "ann")
        #expect(told.dropFirst() == [.set(isActive: true)])
        #expect(
            door.handle(.switched(isActive: true, nil), at: Self.moment(30))
                == [.answer(number, .follows)])
        // Who wants in while it is released has it already.
        let (next, _) = door.release(by: "bo", at: Self.moment(40))
        #expect(door.handle(.written(next), at: Self.moment(50)).last == .answer(next, .follows))
    }

    @Test func aStrikeThatDoesNotFollowIsSaidSoOnceAndToldAgain() {
        var door = Self.door()
        let (number, _) = door.release(by: "ann", at: Self.moment(10))
        _ = door.handle(.written(number), at: Self.moment(20))
        let failed = door.handle(.switched(isActive: true, .silent), at: Self.moment(30))
        #expect(failed.last == .answer(number, .fails(.silent)))
        #expect(failed.count == 2, "and an event")
        #expect(door.nextWakeUp == Self.moment(230).monotonic)
        #expect(door.handle(.tick, at: Self.moment(229)) == [])
        #expect(door.handle(.tick, at: Self.moment(230)) == [.set(isActive: true)])
        #expect(door.handle(.switched(isActive: true, .silent), at: Self.moment(240)) == [])
    }

    /// In time, whatever has failed before.
    @Test func anAlarmIsToldAtOnce() {
        var door = Self.door()
        _ = door.handle(.forgotten, at: Self.moment(10))
        _ = door.handle(.switched(isActive: false, .silent), at: Self.moment(20))
        let (number, actions) = door.hold(true, at: Self.moment(30))
        #expect(actions.last == .set(isActive: true))
        // What was told before is answered: that is not what the alarm wants.
        var other = Self.door()
        _ = other.handle(.forgotten, at: Self.moment(10))
        let (waiting, none) = other.hold(true, at: Self.moment(20))
        #expect(none.count == 1, "an event")
        let next = other.handle(.switched(isActive: false, .silent), at: Self.moment(30))
        #expect(next.last == .set(isActive: true))
        #expect(!next.contains(.answer(waiting, .fails(.silent))))
        #expect(
            other.handle(.switched(isActive: true, nil), at: Self.moment(40))
                == [.answer(waiting, .follows)])
        #expect(number == waiting)
    }

    @Test func whatWasForgottenWhileItWasToldIsToldOnceMore() {
        var door = Self.door()
        _ = door.hold(true, at: Self.moment(10))
        #expect(door.handle(.forgotten, at: Self.moment(20)) == [])
        #expect(
            door.handle(.switched(isActive: true, nil), at: Self.moment(30))
                == [.set(isActive: true)])
    }

    @Test(arguments: [true, false]) func atTheEndTheStrikeIsAsWithNobodyThere(isFailSafe: Bool) {
        var door = Self.door(isFailSafe: isFailSafe)
        _ = door.hold(true, at: Self.moment(10))
        #expect(door.end(at: Self.moment(20)) == [.set(isActive: isFailSafe)])
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func whateverHappensTheStrikeFollows(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var door = Self.door()
        var now: Int64 = 10
        var strike = false
        var underWay: (isActive: Bool, at: Int64)?
        var writing: [Int] = []
        var (asked, answered): (Set<Int>, [Int]) = ([], [])
        var isSilent = false
        func take(_ actions: [DoorPolicy.Action]) {
            for action in actions {
                switch action {
                case .set(let isActive):
                    #expect(underWay == nil, "one at a time")
                    underWay = (isActive, now + Int64.random(in: 1...400, using: &random))
                case .write(_, let number): writing.append(number)
                case .record: break
                case .answer(let number, _): answered.append(number)
                }
            }
        }
        for step in 0..<300 {
            if step == 250 { isSilent = false }
            now += Int64.random(in: 1...150, using: &random)
            if let command = underWay, command.at <= now {
                underWay = nil
                if !isSilent { strike = command.isActive }
                take(
                    door.handle(
                        .switched(isActive: command.isActive, isSilent ? .silent : nil),
                        at: Self.moment(now)))
            }
            if let due = door.nextWakeUp, due <= Self.moment(now).monotonic {
                take(door.handle(.tick, at: Self.moment(now)))
                #expect(door.nextWakeUp.map { $0 > Self.moment(now).monotonic } ?? true)
            }
            guard step < 250 else { continue }
            switch Int.random(in: 0...9, using: &random) {
            case 0:
                let (number, actions) = door.release(by: "ann", at: Self.moment(now))
                asked.insert(number)
                take(actions)
            case 1:
                let (number, actions) = door.hold(
                    Bool.random(using: &random), at: Self.moment(now))
                asked.insert(number)
                take(actions)
            case 2:
                let button = Self.change("BUTTON8", Bool.random(using: &random))
                take(door.handle(button, at: Self.moment(now)))
            case 3:
                strike = false
                take(door.handle(.forgotten, at: Self.moment(now)))
            case 4: isSilent.toggle()
            default:
                if !writing.isEmpty {
                    take(door.handle(.written(writing.removeFirst()), at: Self.moment(now)))
                }
            }
        }
        for number in writing { take(door.handle(.written(number), at: Self.moment(now))) }
        for _ in 0..<10 {
            take(door.handle(.tick, at: Self.moment(now)))
            guard let command = underWay else { break }
            (underWay, now, strike) = (nil, now + 400, command.isActive)
            take(door.handle(.switched(isActive: command.isActive, nil), at: Self.moment(now)))
        }
        let status = door.status(at: Self.moment(now).monotonic)
        #expect(strike == (status.isReleased || status.isHeld))
        #expect(status.isStrikeActive == strike)
        #expect(answered.sorted() == asked.sorted(), "each once")
    }
}
