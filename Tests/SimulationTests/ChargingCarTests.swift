import Execution
import Simulation
import Testing

@Suite struct ChargingCarTests {
    /// Lets seconds pass, 50 ms at a time.
    private func pass(
        _ seconds: Int, of car: inout ChargingCar, from start: Int = 0, granted: Double,
        maximum: Double = 32
    ) {
        for step in 0...(seconds * 20) {
            let nanoseconds = Int64(start) * 1_000_000_000 + Int64(step) * 50_000_000
            car.step(
                granted: granted, maximum: maximum, at: MonotonicTime(nanoseconds: nanoseconds))
        }
    }

    @Test func aPluggedCarDrawsWhatItMayAndIsPaidForIt() {
        var car = ChargingCar(conductors: 3, seed: 1)
        let before = car.totalWattHours
        car.habit = .plugged
        pass(20, of: &car, granted: 12)
        #expect(car.current == 12)
        pass(3_600, of: &car, from: 20, granted: 12)
        #expect((8_200...8_326).contains(car.sessionWattHours), "3 × 230 V × 12 A × 1 h")
        #expect(abs(car.totalWattHours - before - car.sessionWattHours) < 0.01)
    }

    /// Source: IEC 61851-1, annex A: within 5 s.
    @Test func aCarFollowsASmallerGrantInTime() {
        var car = ChargingCar(conductors: 3, seed: 1)
        car.habit = .plugged
        pass(20, of: &car, granted: 32)
        #expect(car.current == 32)
        pass(4, of: &car, from: 20, granted: 6)
        #expect(car.current == 6)
        pass(4, of: &car, from: 24, granted: 5)
        #expect(car.current == 0, "no pilot grants less than 6 A")
        #expect(car.hasCar)
    }

    @Test func aChargerDeliversNoMoreThanItCan() {
        var car = ChargingCar(conductors: 1, seed: 1)
        car.habit = .greedy
        pass(20, of: &car, granted: 6, maximum: 16)
        #expect(car.current == 16)
        car.habit = .full
        pass(5, of: &car, from: 20, granted: 16)
        #expect(!car.isCharging && car.hasCar)
        car.habit = .unplugged
        pass(1, of: &car, from: 25, granted: 16)
        #expect(!car.hasCar)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func carsComeAndGo(seed: UInt64) {
        var car = ChargingCar(conductors: 3, seed: seed)
        var comings = 0
        var hadCar = false
        for second in stride(from: Int64(0), to: 7 * 86_400, by: 5) {
            car.step(
                granted: 16, maximum: 16, at: MonotonicTime(nanoseconds: second * 1_000_000_000))
            if car.hasCar, !hadCar { comings += 1 }
            hadCar = car.hasCar
        }
        #expect((7...200).contains(comings))
        #expect(car.totalWattHours > 10_000)
    }
}
