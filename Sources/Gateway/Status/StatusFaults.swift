import Execution
import MaintenanceAPI
import Persistence

extension Gateway {
    /// All that needs a person, the worst first.
    ///
    /// Each part of the gateway tells its own; what follows from another fault is left out, so
    /// that a dead chip is one fault and not one for each of its lines.
    func statusFaults(
        _ buses: [BusReport], _ devices: [MaintenanceAPI.DeviceReport],
        _ statistics: OutboxStatistics, at now: Moment
    ) async -> [StatusFault] {
        var faults = await stateFaults(at: now)
        faults += await cacheFaults()
        faults += await alarmFaults()
        faults += await accessFaults(at: now)
        faults += await parcelFaults()
        faults += contraryFaults(at: now)
        faults += await chargingFaults()
        faults += await lightingFaults()
        faults += busFaults(buses)
        faults += deviceFaults(devices)
        faults += lineFaults(devices, at: now)
        faults += deliveryFaults(statistics, at: now)
        return faults.worstFirst
    }
}
