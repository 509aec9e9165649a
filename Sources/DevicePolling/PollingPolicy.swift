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
    /// The longest pause between two probes of an urgent device; less where its interval is.
    package var urgentProbePause: Duration = .seconds(5)
    /// How much longer than a probe of an urgent device the bus is left to others after it.
    package var urgentProbeRest = 3
    /// How long a probe of any other device may hold a bus that has urgent ones, except each
    /// eighth; how much longer than each such probe no other follows.
    package var probeHold: Duration = .milliseconds(500)
    package var probeRest = 9
    /// How long others wait at most while urgent devices take the bus one after the other.
    package var othersWait: Duration = .seconds(1)

    package init() {}
}
