package import Metering

/// The OBIS codes of the point names that profiles share.
///
/// Only what a name and a kind settle for certain has a code: a reactive power with a sign, or a
/// tariff called "peak", has none.
///
/// Sources: IEC 62056-61 and IEC 62056-62 (now IEC 62056-6-1 and -6-2) for electricity;
/// EN 13757-1 for heat, cooling, gas and water, which those standards refer to.
package enum ObisTable {
    /// The code of a point, by its name and the kind of its device.
    package static func code(for name: PointName, of kind: DeviceKind) -> ObisCode? {
        switch kind {
        case .electricityMeter, .charger: electricity[name.description]
        case .heatMeter: heat[name.description]
        case .waterMeter: water[name.description]
        case .gasMeter: gas[name.description]
        default: nil
        }
    }

    /// Medium 1. Groups C: 1 and 2 active, 3 and 4 reactive, 9 and 10 apparent, each first
    /// imported and then exported; 13 power factor, 14 frequency, 15 the sum and 16 the
    /// difference of the active ones; 20 more for each phase.
    private static let electricity: [String: ObisCode] = {
        var table: [String: ObisCode] = [
            "power.active.total": ObisCode(1, 0, 16, 7, 0),
            "power.active.import.total": ObisCode(1, 0, 1, 7, 0),
            "power.active.export.total": ObisCode(1, 0, 2, 7, 0),
            "power.apparent.total": ObisCode(1, 0, 9, 7, 0),
            "power.factor.total": ObisCode(1, 0, 13, 7, 0),
            "frequency": ObisCode(1, 0, 14, 7, 0),
            "current.sum": ObisCode(1, 0, 90, 7, 0),
            "current.neutral": ObisCode(1, 0, 91, 7, 0),
            "charge.total": ObisCode(1, 0, 88, 8, 0),
            "energy.apparent.total": ObisCode(1, 0, 9, 8, 0),
        ]
        let energies: [(name: String, quantity: UInt8)] = [
            ("active.import", 1), ("active.export", 2), ("reactive.import", 3),
            ("reactive.export", 4), ("apparent.import", 9), ("apparent.export", 10),
            ("active.sum", 15), ("active.net", 16),
        ]
        for (name, quantity) in energies {
            table["energy.\(name).total"] = ObisCode(1, 0, quantity, 8, 0)
            for tariff in 1...8 as ClosedRange<UInt8> {
                table["energy.\(name).tariff\(tariff)"] = ObisCode(1, 0, quantity, 8, tariff)
            }
            for phase in 1...3 as ClosedRange<UInt8> {
                table["energy.\(name).l\(phase)"] = ObisCode(1, 0, quantity + 20 * phase, 8, 0)
            }
        }
        for phase in 1...3 as ClosedRange<UInt8> {
            let first = 20 * phase
            table["power.active.l\(phase)"] = ObisCode(1, 0, first + 16, 7, 0)
            table["power.apparent.l\(phase)"] = ObisCode(1, 0, first + 9, 7, 0)
            table["power.factor.l\(phase)"] = ObisCode(1, 0, first + 13, 7, 0)
            table["current.l\(phase)"] = ObisCode(1, 0, first + 11, 7, 0)
            table["voltage.l\(phase)"] = ObisCode(1, 0, first + 12, 7, 0)
            // In group E 124 is the total harmonic distortion.
            table["current.thd.l\(phase)"] = ObisCode(1, 0, first + 11, 7, 124)
            table["voltage.thd.l\(phase)"] = ObisCode(1, 0, first + 12, 7, 124)
        }
        return table
    }()

    /// Medium 6, and 5 for cooling.
    private static let heat: [String: ObisCode] = [
        "energy.heat.total": ObisCode(6, 0, 1, 0, 0),
        "energy.heat.tariff1": ObisCode(6, 0, 1, 0, 1),
        "energy.heat.tariff2": ObisCode(6, 0, 1, 0, 2),
        "energy.cooling.total": ObisCode(5, 0, 1, 0, 0),
        "volume.total": ObisCode(6, 0, 2, 0, 0),
        "mass.total": ObisCode(6, 0, 3, 0, 0),
        "power.heat": ObisCode(6, 0, 8, 0, 0),
        "flow": ObisCode(6, 0, 9, 0, 0),
        "temperature.supply": ObisCode(6, 0, 10, 0, 0),
        "temperature.return": ObisCode(6, 0, 11, 0, 0),
        "temperature.difference": ObisCode(6, 0, 12, 0, 0),
    ]

    /// Medium 7. Group D: 0 at metering conditions, 2 converted to base conditions.
    private static let gas: [String: ObisCode] = [
        "volume.total": ObisCode(7, 0, 3, 0, 0),
        "volume.working.total": ObisCode(7, 0, 3, 0, 0),
        "volume.standard.total": ObisCode(7, 0, 3, 2, 0),
    ]

    /// Medium 8, cold water; a hot water meter needs its codes in the profile.
    private static let water: [String: ObisCode] = [
        "volume.total": ObisCode(8, 0, 1, 0, 0),
        "volume.forward": ObisCode(8, 0, 1, 0, 0),
        "flow": ObisCode(8, 0, 2, 0, 0),
    ]
}
