import DeviceProfiles
import Execution
import MaintenanceAPI
import Metering
import Receiving
import Simulation
import Telemetry

/// What must hold of a gateway, whatever the world does.
extension World {
    /// A party has stored a message.
    func received(_ message: Message, by party: Party) {
        let batch = message.batch
        for event in batch.events where party.destination == "city" { note(event) }
        for series in batch.series {
            guard let device = devices[series.point.identifier.device.description],
                let point = device.profile.point(named: series.point.identifier.point)
            else { continue }
            for sample in series.samples where sample.quality == .good {
                guard let value = sample.value, random.next() % options.checkShare == 0 else {
                    continue
                }
                check(value, at: sample.time, point, of: device, clock: batch.clock)
            }
        }
    }

    /// The audit trail has one end at each count, whatever is told of it.
    private func note(_ event: Event) {
        if event.kind == "parcel.deposited" {
            deposited.insert("\(event.subject) \(event.time.milliseconds)")
        }
        if event.kind == "cache.gap", event.details["reason"] == "damaged" {
            violate("the cache lost what was on the disk: \(event.details)")
        }
        guard let number = event.details["audit"],
            let hash = event.details["hash"].map({ String($0.prefix(16)) })
        else { return }
        if let known = audited.updateValue(hash, forKey: number), known != hash {
            violate("the audit trail has two deeds under the number \(number)")
        }
    }

    /// The longest a device is waited for that is known to be slow.
    private static let longestAnswer: Int64 = 5_600_000_000

    /// No value is good that the device did not have in the time it was asked.
    private func check(
        _ value: MeasuredValue, at time: Timestamp, _ point: PointProfile, of device: FieldDevice,
        clock: BatchClock
    ) {
        valuesChecked += 1
        let errors = (clockErrors[clock.boot] ?? []).union([.zero])
        let isKnown = errors.contains { error in
            let moment = (time - Self.epoch).nanoseconds - error.nanoseconds
            guard moment >= 0 else { return false }
            return device.had(
                value, at: point, in: max(0, moment - Self.longestAnswer)...moment + 2_000_000)
        }
        if !isKnown {
            violate(
                "\(device.device.name)/\(point.name) is said to have had \(value) at \(time), "
                    + "and had not")
        }
    }

    /// When all is well again and some time has passed, everything that was stored has arrived.
    func checkEnd() {
        guard let source else { return violate("the gateway does not run at the end") }
        Task {
            do {
                let cache = try await source.cache()
                // What was stored just now is under way.
                await Sleeper.sleep(until: machine.now + 60_000_000_000)
                for party in parties.values.sorted(by: { $0.destination < $1.destination }) {
                    for lane in cache.lanes {
                        // Who is not shared everything is told of the rest in time.
                        let last = party.destination == "city" ? lane.lastSequence : nil
                        party.checkComplete(lane.lane, through: last ?? 0)
                    }
                }
                if disk.failures == 0, deposited.count < people.deposits {
                    violate(
                        "\(people.deposits) parcels were taken in, and the city knows of "
                            + "\(deposited.count)")
                }
                for fault in cache.faults { violate("at the end: \(fault)") }
            } catch {
                violate("the cache cannot be asked at the end: \(error)")
            }
            machine.finish()
        }
    }

    /// What has happened, by name.
    var tally: [(String, Int)] {
        let faults = faultCounts.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { ("fault.\($0.key.rawValue)", $0.value) }
        let city = parties.values.map(\.tally)
        return faults + [
            ("faults", faultCounts.values.reduce(0, +)), ("boots", bootCount),
            ("messages", city.reduce(0) { $0 + $1.messages }),
            ("duplicates", city.reduce(0) { $0 + $1.duplicates }),
            ("readings", city.reduce(0) { $0 + $1.readings }),
            ("values-checked", valuesChecked), ("alarms", building.alarms),
            ("strikes", building.strikes), ("parcels", people.deposits),
            ("pickups", people.pickups), ("disk.syncs", disk.syncs),
            ("disk.failures", disk.failures), ("violations", violations.count),
        ]
    }
}
