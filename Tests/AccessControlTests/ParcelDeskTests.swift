import AccessControl
import Execution
import GPIO
import SiteConfiguration
import Testing

struct ParcelDeskTests {
    private static let secret = [UInt8](repeating: 7, count: 32)
    private static let day = Timestamp(milliseconds: 1_790_000_000_000)

    private static func bank(_ sizes: [ParcelSize]) -> LockerBankConfiguration {
        LockerBankConfiguration(
            name: "east",
            compartments: sizes.enumerated().map { place, size in
                CompartmentConfiguration(
                    name: "A\(place)", strike: line("LOCK\(place)", place),
                    contact: line("DOOR\(place)", 50 + place), size: size)
            }, codes: PickupCodePolicy(misses: 3))
    }

    private static func line(_ name: String, _ offset: Int) -> LineReference {
        LineReference(
            name: LineName(name), source: .gpio(LineSettings(chip: "sim", offset: offset)))
    }

    private static func moment(_ seconds: Int, isSynchronized: Bool = true) -> Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000),
            wall: WallTime(day + .seconds(seconds), isSynchronized: isSynchronized))
    }

    private static func desk(
        _ sizes: [ParcelSize] = [.small], seed: UInt64 = 1
    ) -> (desk: ParcelDesk, code: String, parcel: Parcel) {
        var random = SeededRandom(seed: seed)
        var desk = ParcelDesk(bank(sizes), boot: "boot-1", secret: secret)
        let (parcel, code) = desk.parcel(in: 0, at: moment(0), using: &random)
        desk.deposit(parcel)
        desk.opened(parcel.compartment)
        return (desk, code, parcel)
    }

    @Test func aParcelGoesIntoTheSmallestThatFits() {
        let desk = ParcelDesk(
            Self.bank([.large, .small, .medium]), boot: "boot-1", secret: Self.secret)
        #expect(desk.place(for: .small) { _ in true } == 1)
        #expect(desk.place(for: .medium) { _ in true } == 2)
        #expect(desk.place(for: .small) { $0 != 1 } == 2)
        #expect(desk.place(for: .large) { $0 != 0 } == nil)
    }

    @Test func aFullCompartmentIsNotGivenAgain() {
        let (desk, _, _) = Self.desk([.small, .large])
        #expect(desk.place(for: .small) { _ in true } == 1)
    }

    @Test func theCodeOpensAndAWrongOneDoesNot() {
        var (desk, code, parcel) = Self.desk()
        #expect(desk.tryCode("000", at: Self.moment(1)) == .unknown)
        #expect(desk.tryCode(code, at: Self.moment(2)) == .granted(parcel))
        desk.collect(parcel)
        #expect(desk.tryCode(code, at: Self.moment(4)) == .unknown)
        desk.opened(parcel.compartment)
        #expect(desk.notOpened(parcel.compartment) == nil)
        #expect(desk.tryCode(code, at: Self.moment(6)) == .unknown)
    }

    @Test func aCodeThatOpenedNothingIsGoodAgain() {
        var (desk, code, parcel) = Self.desk()
        desk.collect(parcel)
        #expect(desk.notOpened(parcel.compartment) == .notCollected(parcel))
        #expect(desk.tryCode(code, at: Self.moment(2)) == .granted(parcel))
    }

    @Test func aDepositThatOpenedNothingIsNoneAndTheNextGoesElsewhere() {
        var random = SeededRandom(seed: 1)
        var desk = ParcelDesk(
            Self.bank([.small, .small, .large]), boot: "boot-1", secret: Self.secret)
        let (parcel, code) = desk.parcel(in: 0, at: Self.moment(0), using: &random)
        desk.deposit(parcel)
        #expect(desk.notOpened("A0") == .notDeposited(parcel))
        #expect(desk.tryCode(code, at: Self.moment(1)) == .unknown)
        #expect(desk.place(for: .small) { _ in true } == 1)
        // Rather one that may not open than none.
        #expect(desk.place(for: .small) { $0 == 0 } == 0)
        desk.opened("A0")
        #expect(desk.place(for: .small) { _ in true } == 0)
    }

    @Test func whatATechnicianReleasesGivesNoCodeBack() {
        var (desk, code, parcel) = Self.desk()
        desk.collect(parcel)
        // A technician releases the compartment before it has opened.
        desk.opened(parcel.compartment)
        #expect(desk.notOpened(parcel.compartment) == nil)
        #expect(desk.tryCode(code, at: Self.moment(2)) == .unknown)
    }

    @Test func oneTryASecond() {
        var (desk, code, _) = Self.desk()
        _ = desk.tryCode("123456x", at: Self.moment(1))
        #expect(desk.tryCode(code, at: Self.moment(1)) == .tooSoon)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func theLockOutCannotBePassed(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var (desk, code, _) = Self.desk(seed: seed)
        let wrong = ["", "1", "abcdef", "９９９９９９", "0000000"]
        var now = 1
        for miss in 1...3 {
            let verdict = desk.tryCode(
                wrong.randomElement(using: &random) ?? "", at: Self.moment(now))
            if miss < 3 { #expect(verdict == .unknown) }
            now += Int.random(in: 1...5, using: &random)
        }
        guard case .some(let until) = desk.lockedOutUntil else {
            Issue.record("three misses lock out")
            return
        }
        while Self.moment(now).monotonic < until {
            #expect(desk.tryCode(code, at: Self.moment(now)) == .lockedOut(until: until))
            now += Int.random(in: 1...90, using: &random)
        }
        guard case .granted = desk.tryCode(code, at: Self.moment(now)) else {
            Issue.record("afterwards the code is good")
            return
        }
    }

    @Test func aCodeExpiresOnceTheTimeIsKnown() {
        var (desk, code, parcel) = Self.desk()
        let late = 72 * 3_600 + 1
        #expect(desk.tryCode(code, at: Self.moment(late)) == .expired(parcel))
        #expect(
            desk.tryCode(code, at: Self.moment(late + 2, isSynchronized: false))
                == .granted(parcel))
    }

    /// What a clock says that nobody has set.
    private static func unset(_ seconds: Int) -> Moment {
        Moment(
            monotonic: MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000),
            wall: WallTime(
                Timestamp(milliseconds: Int64(seconds) * 1_000), isSynchronized: false))
    }

    private static func undated(
        boot: String = "boot-1", parcels: [Parcel] = []
    ) -> (desk: ParcelDesk, code: String, parcel: Parcel) {
        var random = SeededRandom(seed: 1)
        var desk = ParcelDesk(bank([.small]), boot: boot, secret: secret, parcels: parcels)
        let (parcel, code) = desk.parcel(in: 0, at: unset(100), using: &random)
        desk.deposit(parcel)
        desk.opened(parcel.compartment)
        return (desk, code, parcel)
    }

    @Test func aCodeMadeBeforeTheClockWasSetIsGoodFor72HoursFromTheDeposit() {
        var (desk, code, _) = Self.undated()
        // The clock is set an hour later: the code is as old as it is.
        #expect(desk.review(at: Self.moment(100 + 3_600)).count == 1)
        let parcel = desk.parcels["A0"]
        #expect(parcel?.undated == nil)
        #expect(parcel?.depositedAt == Self.moment(100).wall.timestamp.milliseconds)
        let hours = 72 * 3_600
        #expect(
            desk.tryCode(code, at: Self.moment(100 + hours)) == parcel.map { .granted($0) })
        #expect(
            desk.tryCode(code, at: Self.moment(100 + hours + 2)) == parcel.map { .expired($0) })
    }

    @Test func aCodeIsTakenThoughNobodyHasLookedAtTheNewClockYet() {
        var (desk, code, parcel) = Self.undated()
        #expect(desk.tryCode(code, at: Self.moment(200)) == .granted(parcel))
        // And never set, it ends all the same.
        #expect(desk.tryCode(code, at: Self.unset(100 + 72 * 3_600 + 1)) == .expired(parcel))
    }

    @Test func aRestartOfTheDaemonForgetsNotHowLongAParcelLies() {
        let (_, code, parcel) = Self.undated()
        var same = ParcelDesk(
            Self.bank([.small]), boot: "boot-1", secret: Self.secret, parcels: [parcel])
        #expect(same.tryCode(code, at: Self.unset(100 + 72 * 3_600 + 1)) == .expired(parcel))
        // Of another run of the machine nobody knows: it counts from when the clock is set.
        var other = ParcelDesk(
            Self.bank([.small]), boot: "boot-2", secret: Self.secret, parcels: [parcel])
        #expect(other.tryCode(code, at: Self.unset(100 + 72 * 3_600 + 1)) == .granted(parcel))
        _ = other.review(at: Self.moment(50))
        #expect(other.parcels["A0"]?.depositedAt == Self.moment(50).wall.timestamp.milliseconds)
    }

    @Test func anOverdueParcelIsToldOnceAndTakenBackFreesItsCompartment() {
        var (desk, code, parcel) = Self.desk()
        #expect(desk.review(at: Self.moment(72 * 3_600)) == [])
        let late = Self.moment(72 * 3_600 + 1)
        parcel.isOverdue = true
        #expect(desk.review(at: late) == [.overdue(parcel)])
        #expect(desk.review(at: late) == [])
        #expect(desk.place(for: .small) { _ in true } == nil)
        desk.collect(parcel)
        #expect(desk.place(for: .small) { _ in true } == 0)
        // One that did not open is there still.
        #expect(desk.notOpened("A0") == .notCollected(parcel))
        #expect(desk.place(for: .small) { _ in true } == nil)
        #expect(desk.clear("A0") == parcel)
        #expect(desk.clear("A0") == nil)
        #expect(desk.tryCode(code, at: late) == .unknown)
        #expect(desk.place(for: .small) { _ in true } == 0)
    }

    @Test func aCompartmentThatWasOpenedByHandHoldsItsParcelUntilSomebodySaysOtherwise() {
        var (desk, code, parcel) = Self.desk()
        parcel.openedByHandAt = Self.moment(5).wall.timestamp.milliseconds
        #expect(desk.openByHand("A0", at: Self.moment(5)) == parcel)
        #expect(desk.tryCode(code, at: Self.moment(6)) == .granted(parcel))
        #expect(desk.openByHand("A1", at: Self.moment(5)) == nil)
    }

    @Test func aParcelStaysWhereItsCompartmentHasAnotherNumberNow() {
        var (desk, code, parcel) = Self.desk([.small, .small])
        let before = Self.bank([.small, .small])
        desk.use(
            LockerBankConfiguration(
                name: "east", compartments: before.compartments.reversed(), codes: before.codes))
        #expect(desk.place(for: .small) { _ in true } == 0)
        #expect(desk.tryCode(code, at: Self.moment(6)) == .granted(parcel))
    }

    @Test func theSecretIsNeededToTryCodes() {
        let (_, code, parcel) = Self.desk()
        #expect(parcel.code.matches(code, secret: Self.secret))
        #expect(!parcel.code.matches(code, secret: [UInt8](repeating: 8, count: 32)))
    }
}
