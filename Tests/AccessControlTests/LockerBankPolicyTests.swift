import Execution
import GPIO
import SiteConfiguration
import Testing

@testable import AccessControl

struct LockerBankPolicyTests {
    private static func live(
        _ world: inout LockerBankWorld, _ random: inout SeededRandom, steps: Int,
        _ disturb: (inout LockerBankWorld, inout SeededRandom) -> Void = { _, _ in }
    ) throws {
        for step in 0..<steps {
            let name = LockerBankWorld.names.randomElement(using: &random) ?? "A01"
            switch Int.random(in: 0...9, using: &random) {
            case 0...3: world.deposit()
            case 4...6:
                if let parcel = world.codes.randomElement(using: &random) { world.pickup(parcel) }
            case 7:
                let nonce = Int.random(in: 0...step, using: &random)
                try world.use(token: nonce, at: name)
            case 8: world.release(name, command: "c-\(Int.random(in: 0...step, using: &random))")
            default: world.takeBack(name)
            }
            disturb(&world, &random)
            world.pass(.milliseconds(Int64.random(in: 0...2_500, using: &random)))
        }
    }

    /// Each code, token and command opens once; what opens is written down before; all are answered
    /// once; and in the end the books say what lies where.
    @Test(arguments: 0..<150 as Range<UInt64>) func nothingIsGivenAwayAndNothingIsForgotten(
        seed: UInt64
    ) throws {
        var world = LockerBankWorld(seed: seed)
        var random = SeededRandom(seed: seed)
        try Self.live(&world, &random, steps: 60) { world, random in
            if Int.random(in: 0..<10, using: &random) == 0 { world.isDiskFull.toggle() }
            if Int.random(in: 0..<15, using: &random) == 0 { world.isBoardSilent.toggle() }
        }
        (world.isDiskFull, world.isBoardSilent) = (false, false)
        world.pass(.seconds(60))
        #expect(world.faults == [], "\(world.story.joined(separator: "\n"))")
        #expect(world.unanswered == [])
        #expect(world.answers.values.allSatisfy { $0.count == 1 })
        #expect(world.openedTwice == [])
        #expect(world.mistaken == [], "\(world.story.joined(separator: "\n"))")
        #expect(world.deposits > 0)
    }

    /// A gateway that is ended, or loses its power.
    @Test(arguments: 0..<150 as Range<UInt64>) func acrossRestartsNothingOpensTwice(
        seed: UInt64
    ) throws {
        var world = LockerBankWorld(seed: seed)
        var random = SeededRandom(seed: seed)
        try Self.live(&world, &random, steps: 80) { world, random in
            guard Int.random(in: 0..<8, using: &random) == 0 else { return }
            world.pass(.milliseconds(Int64.random(in: 0...300, using: &random)))
            world.restart(isKilled: Bool.random(using: &random))
            world.pass(.seconds(5))
            world.tidy()
        }
        world.pass(.seconds(60))
        #expect(world.faults == [], "\(world.story.joined(separator: "\n"))")
        #expect(world.openedTwice == [])
        #expect(world.mistaken == [], "\(world.story.joined(separator: "\n"))")
    }

    /// A board that does not answer: the token and the command are good once it does.
    @Test func whatHasOpenedNothingMayBeTriedAgain() throws {
        var world = LockerBankWorld(seed: 1)
        world.pass(.seconds(1))
        for isSilent in [true, false] {
            world.isBoardSilent = isSilent
            world.pass(.seconds(15))
            try world.use(token: 7, at: "A01")
            world.release("B01", command: "c-1")
            world.pass(.seconds(30))
        }
        let opened = world.answers.values.joined().compactMap { answer -> String? in
            if case .opened(let compartment) = answer { compartment } else { nil }
        }
        #expect(opened.sorted() == ["A01", "B01"])
    }

    /// What was granted and surely has not opened anything is good again after an end.
    @Test func atTheEndWhatHasOpenedNothingIsTakenBack() throws {
        var world = LockerBankWorld(seed: 1)
        while world.codes.isEmpty {
            world.deposit()
            world.pass(.seconds(5))
        }
        let parcels = world.policy.desk.parcels
        world.pickup(world.codes[0])
        world.release("B01", command: "c-1")
        try world.use(token: 7, at: "A02")
        #expect(world.policy.desk.parcels != parcels)
        world.restart(isKilled: false)
        let strikes = LockerBankWorld.names.map { LineName("LOCK-\($0)") }
        #expect(world.lastActions.prefix(3) == strikes.map { .set($0, isActive: false) }[...])
        let deeds = world.lastActions.compactMap { action -> String? in
            if case .write(let entry) = action { entry.deed.action } else { nil }
        }
        #expect(deeds.prefix(2) == ["released", "collected"], "what was waiting for the disk")
        #expect(world.policy.desk.parcels == parcels)
        #expect(!world.policy.commands.contains("c-1"))
        #expect(!world.policy.tokens.contains("7"))
    }
}

struct LockerMemoryTests {
    @Test(arguments: 0..<50 as Range<UInt64>) func theLogRemembersTheLastCommandsThroughARestart(
        seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        var log = CommandLog()
        var model: [String] = []
        for number in 0..<(CommandLog.memory + 200) {
            log.add("c-\(number)")
            model.append("c-\(number)")
            if Int.random(in: 0..<4, using: &random) == 0,
                let name = model.randomElement(using: &random)
            {
                log.forget(name)
                model.removeAll { $0 == name }
            }
            model = Array(model.suffix(CommandLog.memory))
        }
        log = CommandLog(log.bytes)
        #expect(model.allSatisfy { log.contains($0) })
        #expect((0..<(CommandLog.memory + 200)).count { log.contains("c-\($0)") } == model.count)
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func aTokenIsRememberedForAsLongAsItIsGood(
        seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        var tokens = UsedTokens()
        var model: [String: Int64] = [:]
        for number in 0..<200 {
            let expires = Int64.random(in: 0...1_000, using: &random)
            tokens.restore("\(number)", Array("\(expires)".utf8))
            model["\(number)"] = expires
            let now = Int64.random(in: 0...500, using: &random)
            let gone = tokens.removeExpired(at: Timestamp(milliseconds: now))
            #expect(gone == model.filter { $0.value < now }.keys.sorted())
            model = model.filter { $0.value >= now }
            if let nonce = model.keys.sorted().randomElement(using: &random),
                Bool.random(using: &random)
            {
                tokens.forget(nonce)
                model[nonce] = nil
            }
            #expect((0...number).allSatisfy { tokens.contains("\($0)") == (model["\($0)"] != nil) })
        }
        tokens.restore("odd", Array("?".utf8))
        #expect(
            tokens.removeExpired(at: Timestamp(milliseconds: .max - 1)).contains("odd") == false)
    }
}
