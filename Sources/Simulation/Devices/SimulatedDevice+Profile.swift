package import DeviceProfiles
import Metering
package import Modbus

extension SimulatedDevice {
    /// A device that follows a profile, with loads that fit its kind.
    ///
    /// - Parameters:
    ///   - name: Its name, which also makes its loads differ from its neighbours'.
    ///   - seed: The seed of the whole simulation.
    package convenience init(
        name: String, unit: UnitIdentifier, profile: DeviceProfile, isSilentAtHoles: Bool = false,
        seed: UInt64
    ) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a: `Hasher` differs from run to run.
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let names = profile.points.map { $0.name.description }
        let physics = DevicePhysics(
            trade: DevicePhysics.Trade(profile.kind),
            hasThreePhases: names.contains("voltage.l3") || names.contains("current.l3"),
            seed: Noise(seed: seed).branch(hash))
        let behaviour = DeviceBehaviour(
            maximumRegisters: profile.limits.maximumRegistersPerRead,
            maximumBits: profile.limits.maximumBitsPerRead, isSilentAtHoles: isSilentAtHoles,
            identification: [
                0: profile.vendor, 1: profile.id, 2: "1.0", 4: profile.model, 5: profile.model,
            ])
        self.init(
            name: name, unit: unit,
            map: RegisterMap(
                cells: RegisterCell.cells(of: profile, device: physics),
                gapLimit: profile.limits.gapLimit, bitGapLimit: profile.limits.bitGapLimit),
            behaviour: behaviour, requestGap: profile.limits.requestGap, seed: seed ^ hash)
    }
}

extension DevicePhysics.Trade {
    fileprivate init(_ kind: DeviceKind) {
        self =
            switch kind {
            case .electricityMeter: .electricity
            case .heatMeter: .heat
            case .gasMeter: .gas
            case .waterMeter: .water
            case .charger: .charger
            case .environmentSensor, .gasDetector, .levelSensor, .binSensor: .environment
            case .pulseCounter, .lightController, .lockerController, .accessControl, .leakSensor,
                .parkingSensor:
                .state
            }
    }
}
