package import Execution
package import MaintenanceAPI
package import Metering
package import Persistence
package import SiteConfiguration
import Telemetry

/// The cache in words and figures.
extension Cache {
    /// - Parameter folder: The state folder, for people.
    /// - Throws: ``Problem`` where the cache cannot be read.
    package nonisolated func statistics(
        in folder: String
    ) async throws(Problem) -> OutboxStatistics {
        do {
            return try await outbox.statistics()
        } catch {
            throw Problem(
                .cacheUnavailable, "the cache cannot be read: \(error)",
                hint: "look at the disk: `df -h \(folder)`, `dmesg`")
        }
    }

    package func summary(_ statistics: OutboxStatistics) -> CacheSummary {
        CacheSummary(
            usedBytes: statistics.file.bytes,
            maximumBytes: statistics.file.maximumBytes,
            batches: statistics.lanes.reduce(0) { $0 + $1.batches },
            readings: statistics.lanes.reduce(0) { $0 + $1.readings },
            fault: fault.map { "\($0)" })
    }

    /// - Parameters:
    ///   - recorder: Where what is not sealed yet waits.
    ///   - configuration: The cache as the site document has it.
    package func report(
        _ statistics: OutboxStatistics, _ recorder: Recorder, _ configuration: CacheConfiguration,
        in folder: String
    ) -> CacheReport {
        var faults: [String] = []
        if let fault { faults.append("\(fault)") }
        if waitingCount > 0 { faults.append("\(waitingCount) batches wait in memory") }
        return CacheReport(
            file: "\(folder)/outbox.db", epoch: statistics.epoch,
            usedBytes: statistics.file.bytes,
            maximumBytes: statistics.file.maximumBytes,
            maximumAgeSeconds: configuration.maximumAge.inSeconds,
            openBatch: OpenBatch(readings: recorder.openCount),
            lanes: statistics.lanes.map { lane in
                LaneReport(
                    lane: lane.lane.rawValue, batches: lane.batches, readings: lane.readings,
                    bytes: lane.bytes, firstSequence: lane.sequences?.lowerBound,
                    lastSequence: lane.sequences?.upperBound, oldest: lane.oldest?.milliseconds,
                    newest: lane.newest?.milliseconds)
            },
            writtenBytes: statistics.written.bytes,
            writtenReadings: Int64(recorder.recordedCount), commits: statistics.written.commits,
            gaps: Int64(gapCount), faults: faults)
    }

    /// The readings of a point, those in the open batch included: it is sealed first.
    ///
    /// - Throws: ``Problem`` where the cache cannot be read.
    package nonisolated func history(
        of point: PointIdentifier, unit: String?, in times: ClosedRange<Timestamp>,
        timeZone: String, sealer: Sealer
    ) async throws(Problem) -> HistoryReport {
        let history: History
        do {
            await sealer.seal()
            history = try await outbox.history(of: point, in: times, limit: 50_000)
        } catch {
            throw Problem(.cacheUnavailable, "the cache cannot be read: \(error)")
        }
        return HistoryReport(
            point: point.description, unit: unit, timeZone: timeZone,
            from: times.lowerBound.milliseconds, to: times.upperBound.milliseconds,
            samples: history.samples.map {
                HistorySample(
                    time: $0.time.milliseconds, value: $0.value?.description,
                    quality: $0.quality.words)
            },
            isTruncated: history.isTruncated, unreadableBatches: history.unreadableBatches)
    }

    /// What is wrong with the cache.
    package func faults(in folder: String) -> [StatusFault] {
        var faults: [StatusFault] = []
        if let fault = fault {
            faults.append(
                StatusFault(
                    .fault, "cache", "the cache takes no batches (\(fault)); they wait in memory",
                    advice: "look at the disk: `df -h \(folder)`, `dmesg`"))
        }
        if !canGrow {
            faults.append(
                StatusFault(
                    .fault, "cache",
                    "the disk is full: the cache drops its oldest batches for new ones",
                    advice: "make room (`df -h \(folder)`)"))
        }
        for lost in losses {
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
        for file in setAside {
            faults.append(
                StatusFault(
                    .warning, "cache", "an unreadable cache was set aside as \(file)",
                    advice: "what it had not delivered is in that file alone; keep it, and look at "
                        + "the disk (`dmesg`)"))
        }
        return faults
    }
}
