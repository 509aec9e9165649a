import Execution
import FoundationEssentials
import Metering
import Testing

/// What registers of meters do in the field, and what is made of it.
@Suite struct MeteringRulesTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    // MARK: - Another meter

    @Test func anotherMeterIsUncertainUntilFourReadingsFollowAndThenToldOnce() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["5123.40", "5123.41", "5123.43", "5123.45"])
        desk.read(["0.12", "0.13", "0.14", "0.15", "0.16"])
        #expect(desk.qualities == [.good, .good, .good, .good] + backwards(3) + [.good, .good])
        #expect(desk.changes.map(\.kind) == [.swapped])
        let change = desk.changes.first
        #expect(change?.last.value == ScaledInteger("5123.45"))
        #expect(change?.first.value == ScaledInteger("0.12"))
        #expect(change?.last.time == start + .seconds(3))
        #expect(change?.first.time == start + .seconds(4))
        #expect(change?.readings == 3)
    }

    @Test func anotherMeterWithAHigherRegisterIsToldToo() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["512.40", "512.41", "90123.45", "90123.45", "90123.46", "90123.47"])
        #expect(
            desk.qualities
                == [.good, .good] + [Quality](repeating: .uncertain(.jumped), count: 3) + [.good])
        #expect(desk.changes.map(\.kind) == [.swapped])
    }

    @Test func aMeterExchangedWhileItWasSilentIsToldAtItsFirstReadings() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["5123.40", "5123.41"])
        desk.pass(.seconds(3 * 86_400))
        desk.read(["12.00", "12.01", "12.01", "12.02", "12.03"])
        #expect(Array(desk.qualities.dropFirst(2)) == backwards(3) + [.good, .good])
        #expect(desk.changes.map(\.kind) == [.swapped])
    }

    @Test func aMeterExchangedWhileTheGatewayWasDownIsToldAfterTheRestart() throws {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["5123.40", "5123.41"])
        desk.pass(.seconds(3_600))
        try desk.restart()
        desk.read(["0.00", "0.01"])
        // Also in the middle of the doubt.
        try desk.restart()
        desk.read(["0.02", "0.03", "0.04", "0.05"])
        #expect(Array(desk.qualities.prefix(4)) == [.good, .good] + backwards(2))
        #expect(desk.qualities.last == .good)
        #expect(desk.changes.map(\.kind) == [.swapped])
        #expect(desk.changes.first?.last.value == ScaledInteger("5123.41"))
    }

    @Test func aNewSerialNumberEndsTheDoubtAndTellsOfAHigherRegisterThatFits() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(serial: "A1")
        desk.read(["5123.40", "5123.41"])
        desk.pass(.seconds(3_600))
        desk.read(serial: "B2")
        desk.read(["5200.00"])
        #expect(desk.changes.isEmpty, "one reading of a serial number is no proof")
        desk.read(serial: "B2")
        desk.read(["5200.01", "5200.02"])
        #expect(desk.changes.map(\.kind) == [.swapped])
        #expect(desk.changes.first?.serialNumber == "B2")
        #expect(desk.qualities.allSatisfy { $0 == .good })
    }

    @Test func aCounterThatWasResetAndStandsAtZeroIsBelievedAfterAWhile() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["812.5", "812.6"])
        desk.read([String](repeating: "0", count: 14))
        let confirmed = CounterMemory.confirmations.zero
        #expect(desk.qualities.dropFirst(2).prefix(confirmed) == ArraySlice(backwards(confirmed)))
        #expect(desk.qualities.last == .good)
        #expect(desk.changes.map(\.kind) == [.swapped])
    }

    // MARK: - What passes

    @Test(arguments: 1...9)
    func zerosBetweenTwoEqualValuesAreUncertainAndNoSwap(count: Int) {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["40482.83", "40482.84"] + [String](repeating: "0", count: count))
        desk.read(["40482.84", "40482.85"])
        #expect(desk.qualities == [.good, .good] + backwards(count) + [.good, .good])
        #expect(desk.changes.map(\.kind) == [.wentBackwards])
        #expect(desk.changes.first?.readings == count)
    }

    @Test func anImpossibleValueBetweenTwoSoundOnesIsAJump() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["100.00", "100.01", "429496.72", "100.01", "100.02"])
        #expect(desk.qualities == [.good, .good, .uncertain(.jumped), .good, .good])
        #expect(desk.changes.map(\.kind) == [.jumped])
    }

    @Test func valuesThatFollowFromNothingAreNeverGood() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["100.00", "100.01", "7000000", "3", "90000000", "0", "800000"])
        #expect(desk.qualities.dropFirst(2).allSatisfy { $0 != .good })
        #expect(desk.changes.isEmpty)
    }

    @Test func theLastDigitMayWobble() {
        var desk = Desk(.energy(step: 0.01, isFloat: true))
        desk.read(["163840.11", "163840.09", "163840.11", "163840.08", "163840.13"])
        #expect(desk.qualities.allSatisfy { $0 == .good })
        #expect(desk.changes.isEmpty)
    }

    @Test func missingReadingsAndThoseOutOfRangeTeachNothing() {
        var desk = Desk(.energy(step: 0.01))
        desk.read(["100.00", "100.01"])
        var readings = [
            Reading(PointIndex(0), at: desk.now, missing: .timeout),
            Reading(PointIndex(0), at: desk.now, uncertain: .outOfRange, .number(ScaledInteger(0))),
        ]
        let before = readings
        #expect(desk.rules.judge(&readings).isEmpty)
        #expect(readings == before)
        desk.read(["100.02"])
        #expect(desk.qualities.allSatisfy { $0 == .good })
    }

    // MARK: - Rolling over

    @Test(arguments: [
        (0.1, ["999999.0", "999999.4", "999999.8", "0.3", "0.7", "1.1", "1.5"], 1e6),
        (
            0.01, ["42949672.94", "42949672.95", "42949672.95", "0.01", "0.03", "0.04", "0.05"],
            42_949_672.96
        ),
        (1, ["99998", "99999", "99999", "0", "1", "2", "3"], 1e5),
    ])
    func aRegisterAtItsEndBeginsAgain(step: Double, values: [String], capacity: Double) {
        var traits = CounterTraits.energy(step: step)
        traits.capacities = ([capacity] + CounterTraits.decimalCapacities(step: step)).sorted()
        var desk = Desk(traits)
        desk.read(values)
        let rolled = [Quality](repeating: .uncertain(.rolledOver), count: 3)
        #expect(desk.qualities == [.good, .good, .good] + rolled + [.good])
        #expect(desk.changes.map(\.kind) == [.rolledOver])
        #expect(desk.changes.first?.capacity.map { abs($0 - capacity) < 0.001 } == true)
    }

    @Test func aFallFarFromTheEndIsNoRollover() {
        var desk = Desk(.energy(step: 0.1))
        desk.read(["600000.0", "600000.1", "0.3", "0.4", "0.5", "0.6"])
        #expect(desk.changes.map(\.kind) == [.swapped])
    }

    // MARK: - A good meter

    /// Any load from nothing to a large one, read at any interval, with gaps, restarts and a clock
    /// that is set, in floats and whole numbers: never a doubt.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func aGoodMeterIsNeverDoubted(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let exponent = Int.random(in: -3...1, using: &random)
        let step = ScaledInteger(1, exponent: exponent).doubleValue
        let isFloat = Bool.random(using: &random)
        var desk = Desk(.energy(step: step, isFloat: isFloat))
        let interval = Duration.seconds([1, 10, 60, 900, 3_600].randomElement(using: &random)!)
        let largest = [0.5, 10, 70, 2_000, 15_000].randomElement(using: &random)!
        // Some meters renew what they tell only once an hour, or a day.
        let renewal = [0, 0, 3_600, 86_400].randomElement(using: &random)!
        var energy = Double.random(in: 0...400_000, using: &random)
        var told = energy
        var renewed = desk.now
        for _ in 0..<300 {
            var pause = interval
            switch Int.random(in: 0..<100, using: &random) {
            case 0: pause = .seconds(Int64.random(in: 1...40 * 86_400, using: &random))
            case 1: try desk.restart()
            case 2:
                desk.now = desk.now + .seconds(Int64.random(in: -90_000...90_000, using: &random))
            default: break
            }
            desk.pass(pause)
            let load =
                Bool.random(using: &random) ? 0 : Double.random(in: 0...largest, using: &random)
            energy += load * pause.inSeconds / 3_600
            if desk.now - renewed >= .seconds(renewal) || desk.now < renewed {
                (told, renewed) = (energy, desk.now)
            }
            let shown = isFloat ? Double(Float(told)) : told
            desk.read(ScaledInteger(Int64((shown / step).rounded(.down)), exponent: exponent))
        }
        #expect(desk.qualities.allSatisfy { $0 == .good }, "seed \(seed)")
        #expect(desk.changes.isEmpty, "seed \(seed): \(desk.changes)")
    }

    /// A meter is exchanged at any moment, with gaps and restarts: no reading of the new one is
    /// good before it is told, and it is told once.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func anExchangeIsAlwaysToldOnce(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var desk = Desk(.energy(step: 0.01))
        // Far from where a register of decimal digits ends: there it would be a rollover.
        var count = Int64.random(in: 10_500_000...50_000_000, using: &random)
        for _ in 0..<Int.random(in: 2...30, using: &random) {
            count += Int64.random(in: 0...3, using: &random)
            desk.read(ScaledInteger(count, exponent: -2))
        }
        if Bool.random(using: &random) { desk.pass(.seconds(86_400)) }
        if Bool.random(using: &random) { try desk.restart() }
        let before = desk.qualities.count
        count = Int64.random(in: 0...90_000, using: &random)
        for _ in 0..<20 {
            if Int.random(in: 0..<6, using: &random) == 0 { try desk.restart() }
            desk.read(ScaledInteger(count, exponent: -2))
            count += Int64.random(in: 0...3, using: &random)
        }
        #expect(desk.changes.map(\.kind) == [.swapped], "seed \(seed)")
        let doubtful = desk.qualities.dropFirst(before).prefix { $0 != .good }
        #expect(doubtful.count == desk.changes.first?.readings, "seed \(seed)")
        #expect(doubtful.allSatisfy { $0 == .uncertain(.wentBackwards) })
    }

    private func backwards(_ count: Int) -> [Quality] {
        [Quality](repeating: .uncertain(.wentBackwards), count: count)
    }
}

/// One counter that is read every second, and the memory of it.
private struct Desk {
    var rules = MeteringRules()
    var now = Timestamp(milliseconds: 1_800_000_000_000)
    var qualities: [Quality] = []
    var changes: [MeterChange] = []
    let traits: CounterTraits

    init(_ traits: CounterTraits) {
        self.traits = traits
        use()
    }

    private mutating func use() {
        rules.use(
            PointIndex(0), PointIdentifier("meter/energy.active.import.total")!,
            as: .counter(traits))
        rules.use(PointIndex(1), PointIdentifier("meter/info.serial")!, as: .serialNumber)
    }

    mutating func pass(_ duration: Duration) { now = now + duration }

    mutating func read(_ values: [String]) {
        for value in values { read(ScaledInteger(value)!) }
    }

    mutating func read(_ value: ScaledInteger) {
        var readings = [Reading(PointIndex(0), at: now, .number(value))]
        changes += rules.judge(&readings)
        qualities.append(readings[0].quality)
        pass(.seconds(1))
    }

    mutating func read(serial: String) {
        var readings = [Reading(PointIndex(1), at: now, .text(serial))]
        changes += rules.judge(&readings)
    }

    mutating func restart() throws {
        let bytes = try JSONEncoder().encode(rules.takeMemory())
        rules = MeteringRules()
        use()
        rules.remember(try JSONDecoder().decode(MeterMemory.self, from: bytes))
    }
}

extension CounterTraits {
    fileprivate static func energy(step: Double, isFloat: Bool = false) -> CounterTraits {
        CounterTraits(
            step: step, isFloat: isFloat,
            capacities: isFloat
                ? decimalCapacities(step: 0.1) : decimalCapacities(step: step),
            mostPerHour: mostPerHour(unit: "kWh", isGas: false))
    }
}
