import DeviceProfiles
import Execution
import Metering
import Modbus
import Synchronization

/// A simulated charger: obeys what is written to it, and tells what its car does, in the words of
/// its profile.
struct SimulatedCharger: Sendable {
    private let device: SimulatedDevice
    private let profile: DeviceProfile
    private let charging: ChargingProfile
    private let maximum: Double
    private let conductors: Int
    var car: ChargingCar
    /// Whether it has a fault, and lets no car draw anything.
    private var isBroken = false
    private var told: CarState?
    private var toldAt: MonotonicTime?

    /// How often its registers follow its car.
    private static let refresh = Duration.milliseconds(200)

    /// - Parameters:
    ///   - maximum: What it can deliver, in amperes.
    ///   - conductors: 1 to 3.
    /// - Returns: `nil` where the profile does not say how it is told what to deliver.
    init?(
        _ device: SimulatedDevice, profile: DeviceProfile, maximum: Double, conductors: Int,
        seed: UInt64
    ) {
        guard let charging = profile.charging else { return nil }
        self.device = device
        self.profile = profile
        self.charging = charging
        self.maximum = maximum
        self.conductors = conductors
        car = ChargingCar(conductors: conductors, seed: seed)
    }

    var name: String { device.name }

    mutating func move(at now: MonotonicTime) {
        car.step(granted: isBroken ? 0 : granted, maximum: maximum, at: now)
        let state: CarState =
            isBroken ? .fault : !car.hasCar ? .free : car.isCharging ? .charging : .connected
        if state == told, let toldAt, toldAt.duration(to: now) < Self.refresh { return }
        told = state
        toldAt = now
        tell(state)
    }

    /// - Returns: What is wrong with the wish, or `nil` where it was granted.
    mutating func handle(_ act: String) -> String? {
        if act == "break" {
            isBroken = true
            return nil
        }
        let acts: [String: ChargingCar.Habit] = [
            "plug": .plugged, "unplug": .unplugged, "fill": .full, "overdraw": .greedy,
            "usual": .usual,
        ]
        guard let habit = acts[act] else {
            return "a charger can: plug, unplug, fill, overdraw, break, usual"
        }
        isBroken = false
        car.habit = habit
        return nil
    }

    var state: String {
        guard !isBroken else { return "broken" }
        guard car.hasCar else { return "free" }
        let tenths = Int((car.current * 10).rounded())
        return car.isCharging ? "charging \(tenths / 10).\(tenths % 10) A" : "plugged in"
    }

    /// What has been written to it lets the car draw, in amperes; before anything was, all.
    private var granted: Double {
        if case .point(let point, let pause, _) = charging.pause, written(point) == pause {
            return 0
        }
        guard let number = written(charging.current) else { return maximum }
        return number.doubleValue * charging.amperesPerUnit.doubleValue
    }

    private func written(_ name: PointName) -> ScaledInteger? {
        profile.point(named: name).flatMap(device.written)
    }

    private func tell(_ state: CarState) {
        if let point = charging.state.flatMap(profile.point) { tell(state, at: point) }
        if let sign = charging.car, let point = profile.point(named: sign.point) {
            let value: ScaledInteger =
                switch sign.test {
                case .bit(let bit): ScaledInteger(car.hasCar ? 1 << Int64(bit) : 0)
                case .above(let mark):
                    car.hasCar ? mark.adding(ScaledInteger(1)) ?? mark : ScaledInteger(0)
                }
            device.set(point, to: value)
        }
        for (conductor, phase) in MainsPhase.allCases.enumerated() {
            tell(conductor < conductors ? car.current : 0, at: "current.\(phase.rawValue)")
        }
        let power = car.current * ChargingCar.voltage * Double(conductors)
        for name in ["power.active.total", "power.apparent.total"] { tell(power, at: name) }
        tell(car.sessionWattHours, at: "energy.session")
        for name in ["energy.active.import.total", "energy.total"] {
            tell(car.totalWattHours, at: name)
        }
    }

    /// Makes a point hold a number of A, W or Wh.
    private func tell(_ number: Double, at name: String) {
        guard let name = PointName(name), let point = profile.point(named: name) else { return }
        let value = number * UnitFactor.fromBase(to: point.unit)
        device.set(point, to: ScaledInteger(Int64((value * 1_000).rounded()), exponent: -3))
    }

    private func tell(_ state: CarState, at point: PointProfile) {
        let words = charging.words.filter { $0.value == state }.keys.sorted()
        if point.encoding.type.isText {
            if let word = words.first { device.set(point, to: word) }
            return
        }
        // Where no word means the state, the sign of the car tells it beside one that means none.
        let code = point.labels.filter { label in
            words.isEmpty
                ? charging.words[label.value] == nil && label.key > 0
                : words.contains(label.value)
        }.keys.min()
        if let code { device.set(point, to: ScaledInteger(code)) }
    }
}
