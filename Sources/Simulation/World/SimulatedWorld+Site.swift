import SiteConfiguration

extension SimulatedWorld {
    /// All that a site's lines lead to in this simulation: points of simulated devices, and lines
    /// of the kernel's gpio-sim. What hangs on real chips is left to the real world.
    convenience init(_ site: SiteDocument, devices: [String: SimulatedDevice], seed: UInt64) {
        func line(_ reference: LineReference?) -> WorldLine? {
            reference.flatMap { WorldLine($0, devices: devices) }
        }
        var mechanisms: [Mechanism] = []
        for valve in site.valves {
            guard let drive = line(valve.close) else { continue }
            mechanisms.append(
                Mechanism(
                    name: valve.name, body: .valve(ValveBody()), drive: drive,
                    isDriveInverted: false, closedContact: line(valve.closed),
                    isContactInverted: !valve.contactMeansClosed, openContact: nil))
        }
        self.init(mechanisms)
    }
}
