import Metering
import Testing

@Suite struct CounterNamesTests {
    @Test(arguments: [
        "energy.active.import.total", "energy.reactive.export.l1", "energy.heat.tariff1",
        "volume.total", "volume.p1", "pulses.p1", "input.3.counter", "mass.total",
    ])
    func registersThatCountAreCounters(name: String) {
        #expect(CounterNames.isCounter(PointName(name)!))
    }

    @Test(arguments: [
        "energy.active.net.total", "energy.active.sum.total", "energy.session", "energy.heat.day",
        "energy.heat.frac", "energy.active.import.netting", "power.active.total",
        "power.demand.total",
        "temperature.supply", "volume.positive.l", "volume.reverse.low", "flow.mass", "voltage.l1",
        "config.pulse.width", "energy", "energy.sincePowerOn",
    ])
    func whatMayFallIsNone(name: String) {
        #expect(!CounterNames.isCounter(PointName(name)!))
    }
}
