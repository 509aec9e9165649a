package import DeviceProfiles
package import GPIO
package import Metering

/// Writes numbers to points of devices, before any poll.
package struct PointWriting: Sendable {
    package typealias Outcome = Result<Void, LineFault>

    private let body: @Sendable (ScaledInteger, PointProfile, DeviceConfiguration) async -> Outcome

    package init(
        _ body:
            @escaping @Sendable (ScaledInteger, PointProfile, DeviceConfiguration) async -> Outcome
    ) {
        self.body = body
    }

    /// Returns when the device has confirmed.
    package func callAsFunction(
        _ number: ScaledInteger, to point: PointProfile, of device: DeviceConfiguration
    ) async throws(LineFault) {
        try await body(number, point, device).get()
    }
}
