import AccessControl
import Execution
import MaintenanceAPI
import Persistence
import SiteConfiguration
import Telemetry

extension Gateway {
    /// What is wrong with the state folder and the clock.
    func stateFaults(at now: Moment) async -> [StatusFault] {
        var faults: [StatusFault] = []
        if let fault = options.stateFault {
            faults.append(
                StatusFault(
                    .fault, "state",
                    "the state folder takes nothing (\(fault)): all is kept in memory, and lost when "
                        + "the machine is switched off",
                    advice: "mend the disk and start linlid again"))
        }
        if !site.lockers.isEmpty, access?.banks.isEmpty ?? false {
            faults.append(
                StatusFault(
                    .fault, "lockers",
                    "the lockers are not running: their register in \(options.stateFolder) cannot "
                        + "be had",
                    advice: "`journalctl -u linlid` says why; mend it, then `linli reload`"))
        }
        if let broken = await accessRegister?.faults, !broken.isEmpty {
            faults.append(
                StatusFault(
                    .danger, "audit",
                    "the audit trail is not whole: "
                        + broken.map(\.words).joined(separator: "; "),
                    advice: "somebody may have opened what is not theirs: compare `linli lockers "
                        + "audit` with the heads that the city was told (`audit.head`)"))
        }
        if !now.wall.isSynchronized {
            let isWaiting = now.monotonic.nanoseconds < DeliveryService.clockPatience.nanoseconds
            faults.append(
                StatusFault(
                    .warning, "clock",
                    "no time service keeps the clock"
                        + (isWaiting ? "; batches wait up to ten minutes for it" : ""),
                    advice: "`timedatectl` says why"))
        }
        return faults
    }

    /// What is wrong with the cache.
    func cacheFaults() async -> [StatusFault] {
        var faults: [StatusFault] = []
        if let fault = await cache.fault {
            faults.append(
                StatusFault(
                    .fault, "cache", "the cache takes no batches (\(fault)); they wait in memory",
                    advice: "look at the disk: `df -h \(options.stateFolder)`, `dmesg`"))
        }
        if await !cache.canGrow {
            faults.append(
                StatusFault(
                    .fault, "cache",
                    "the disk is full: the cache drops its oldest batches for new ones",
                    advice: "make room (`df -h \(options.stateFolder)`)"))
        }
        for lost in await cache.losses {
            let what = lost.lane == .reading ? "readings" : "\(lost.lane.rawValue)s"
            let why =
                switch lost.reason {
                case .notSaved: "the disk took none for too long"
                case .openBatchFull: "more came than an open batch holds"
                }
            faults.append(
                StatusFault(
                    .warning, "cache",
                    "\(lost.records) \(what) were lost: \(why)",
                    advice:
                        "`linli cache` says whether the disk takes them now; the event `cache.gap` "
                        + "tells the city of which time they were",
                    since: lost.times.lowerBound.milliseconds))
        }
        for file in await cache.setAside {
            faults.append(
                StatusFault(
                    .warning, "cache", "an unreadable cache was set aside as \(file)",
                    advice: "what it had not delivered is in that file alone; keep it, and look at "
                        + "the disk (`dmesg`)"))
        }
        return faults
    }
}
