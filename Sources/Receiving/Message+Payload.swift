package import Telemetry

extension Message {
    /// Reads a payload in any of the gateway's own formats.
    package init(payload: [UInt8]) throws(BatchError) {
        // zstd's magic number tells the compressed format from the readable ones.
        self =
            payload.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
            ? try LinliFormat.decode(payload) : try LinliJSON.decode(payload)
    }
}
