/// The figures by which a bus is shared among its devices.
package struct PollingPolicy: Hashable, Sendable {
    /// How many turns in a row may fail by silence before a device counts as silent.
    package var missesUntilSilent = 3
    /// How often a read that found silence or noise is repeated in its turn, in the first turn
    /// that fails.
    package var retries = 1
    /// How often a busy device is asked again before its values count as missing.
    package var busyRetries = 3
    /// The pause before a busy device is asked again; it doubles each time.
    package var busyPause: Duration = .milliseconds(250)
    /// The most of its bus a silent device may cost, in thousandths.
    package var probeShareThousandths: Int64 = 20
    /// The first and the longest pause between two probes, jitter not counted. The pause is
    /// never shorter than the share above allows.
    package var probePause: ClosedRange<Duration> = .seconds(1) ... .seconds(20)

    package init() {}
}
