package import Execution

/// When a simulated device last exchanged something worth timing.
package struct DeviceMoments: Hashable, Sendable {
    /// When a client first read what somebody had set: the answer is on its way.
    package var told: MonotonicTime?
    /// When a client last wrote: the last byte of its request was through the wire.
    package var written: MonotonicTime?

    package init() {}
}
