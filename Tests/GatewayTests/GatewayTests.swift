import Testing

/// The gateway from end to end: the programs as they are shipped, on loopback and
/// pseudo-terminals. One scene at a time.
@Suite(.serialized) struct GatewayTests {}
