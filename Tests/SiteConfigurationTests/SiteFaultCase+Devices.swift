extension SiteFaultCase {
    /// Faults of devices.
    static let devices: [SiteFaultCase] = [
        SiteFaultCase(
            "profile: eastron-sdm120", "profile: eastron-sdm12",
            [
                #"site.yaml:16:27: devices.b1-u101-elec.profile: unknown profile "eastron-sdm12"; did you mean "eastron-sdm120"?"#
            ]),
        SiteFaultCase(
            "profile: eastron-sdm120", "profile: cjt188-gas-generic",
            [
                "site.yaml:16:27: devices.b1-u101-elec.profile: CJ/T 188 is not supported by this version; only Modbus"
            ]),
        SiteFaultCase(
            "profile: eastron-sdm120", "profile: dlt645-2007-generic",
            [
                "site.yaml:16:27: devices.b1-u101-elec.profile: DL/T 645 is not supported by this version; only Modbus"
            ]),
        SiteFaultCase(
            "unit: 12", "unit: 11",
            [
                "site.yaml:17:64: devices.b1-u102-elec.unit: unit 11 of riser-1 is already b1-u101-elec, line 16"
            ]),
        SiteFaultCase(
            "unit: 11,", "unit: 256,",
            [
                "site.yaml:16:64: devices.b1-u101-elec.unit: must lie in 1...255, found 256"
            ]),
        SiteFaultCase(
            "unit: 11,", "unit: 0,",
            [
                "site.yaml:16:64: devices.b1-u101-elec.unit: must lie in 1...255, found 0"
            ]),
        SiteFaultCase(
            "unit: 255", "unit: 256",
            [
                "site.yaml:22:63: devices.charger-1.unit: must lie in 0...255, found 256"
            ]),
        SiteFaultCase(
            "unit: 11,", "",
            [
                #"site.yaml:16:17: devices.b1-u101-elec: "unit" is missing"#
            ]),
        SiteFaultCase(
            "unit: 11,", "unit: x,",
            [
                #"site.yaml:16:64: devices.b1-u101-elec.unit: expected a whole number, found "x""#
            ]),
        SiteFaultCase(
            "unit: 11,", #"address: "00000040314132","#,
            [
                "site.yaml:16:58: devices.b1-u101-elec.address: is not supported by this version; only Modbus devices, which have a unit"
            ]),
        SiteFaultCase(
            "bus: garage", "bus: garag",
            [
                #"site.yaml:22:49: devices.charger-1.bus: unknown bus "garag"; did you mean "garage"?"#
            ]),
        SiteFaultCase(
            "bus: garage", "bus: riser-2",
            [
                "site.yaml:22:49: devices.charger-1.bus: keba-p40 speaks Modbus TCP only and cannot be on a serial bus"
            ]),
        SiteFaultCase(
            "every: 1m,", "every: 0s,",
            [
                "site.yaml:16:75: devices.b1-u101-elec.every: must lie in 100ms...1d, found 0s"
            ]),
        SiteFaultCase(
            "every: 1m,", "every: -5s,",
            [
                #"site.yaml:16:75: devices.b1-u101-elec.every: expected a time such as 250ms, 10s, 15m, 1h or 90d, found "-5s""#
            ]),
        SiteFaultCase(
            "every: 1m,", "every: 99ms,",
            [
                "site.yaml:16:75: devices.b1-u101-elec.every: must lie in 100ms...1d, found 99ms"
            ]),
        SiteFaultCase(
            "every: 1m,", "every: 7m,",
            [
                "site.yaml:16:75: devices.b1-u101-elec.every: above a minute it must divide a day evenly, as 2m, 5m, 15m and 1h do; found 7m"
            ]),
        SiteFaultCase(
            "every: 1m,", "every: 61s,",
            [
                "site.yaml:16:75: devices.b1-u101-elec.every: above a minute it must divide a day evenly, as 2m, 5m, 15m and 1h do; found 61s"
            ]),
        SiteFaultCase(
            "every: 1m,", "every: 2d,",
            [
                "site.yaml:16:75: devices.b1-u101-elec.every: must lie in 100ms...1d, found 2d"
            ]),
        SiteFaultCase(
            "every: 1m,", "every: 60,",
            [
                #"site.yaml:16:75: devices.b1-u101-elec.every: expected a time such as 250ms, 10s, 15m, 1h or 90d, found "60"; a unit is missing: 60s are seconds, 60m minutes"#
            ]),
        SiteFaultCase(
            "every: 1m,", "evry: 1m,",
            [
                #"site.yaml:16:68: devices.b1-u101-elec.evry: unknown key; did you mean "every"?"#
            ]),
        SiteFaultCase(
            "voltage.l1]", "voltage.l4]",
            [
                #"site.yaml:19:137: devices.substation.read[2]: eastron-sdm630 has no point "voltage.l4"; there are voltage.l1, voltage.l2, voltage.l3"#
            ]),
        SiteFaultCase(
            "voltage.l1]", "voltage.l1, power.active.total]",
            [
                "site.yaml:19:149: devices.substation.read[3]: is listed twice, first on line 19"
            ]),
        SiteFaultCase(
            "read: [energy.active.import.total, power.active.total, voltage.l1]", "read: []",
            [
                "site.yaml:19:88: devices.substation.read: is empty; leave it out to read what the profile polls"
            ]),
        SiteFaultCase(
            "read: [energy.active.import.total, power.active.total, voltage.l1]",
            "read: voltage.l1",
            [
                #"site.yaml:19:88: devices.substation.read: expected a list, found "voltage.l1""#
            ]),
        SiteFaultCase(
            "profile: chint-ddsu666, ", "profile: odd-map, read: [volume.total, flow],",
            [
                "site.yaml:17:57: devices.b1-u102-elec.read[1]: its registers overlap those of volume.total in part"
            ]),
        SiteFaultCase(
            "profile: chint-ddsu666, ", "profile: odd-map, read: [flow, flow.low, command.reset],",
            [
                "site.yaml:17:59: devices.b1-u102-elec.read[2]: command.reset can only be written"
            ]),
        SiteFaultCase(
            "profile: chint-ddsu666, ", "profile: quiet,",
            [
                "site.yaml:17:27: devices.b1-u102-elec.profile: quiet reads nothing by itself; list points under read"
            ]),
        SiteFaultCase(
            "b1-u102-elec:", "b1-u101-elec:",
            [
                "site.yaml:17:3: devices.b1-u101-elec: is given twice, first on line 16"
            ]),
        SiteFaultCase(
            "b1-u102-elec:", "B1-u102:",
            [
                #"site.yaml:17:3: devices.B1-u102: the name must be 1 to 64 lower-case letters, digits, "-", "_" or ".", the first a letter or digit"#
            ]),
        SiteFaultCase(
            #"place: {building: 1, room: "101"}"#, #"place: {building: [1], Room: "101"}"#,
            [
                "site.yaml:16:97: devices.b1-u101-elec.place.building: expected a text, found a list",
                #"site.yaml:16:102: devices.b1-u101-elec.place.Room: the name must be 1 to 64 lower-case letters, digits, "-", "_" or ".", the first a letter or digit"#,
            ]),
    ]
}
