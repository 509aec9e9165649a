import LinuxSystem

/// The secret of the gateway that goes into the hashes of codes.
enum CodeSecret {
    /// Reads it, or makes it at the first start.
    static func load(
        stateFolder: String, _ random: any RandomNumberGenerator
    ) throws(StateFileError) -> [UInt8] {
        let file = StateFile(path: stateFolder + "/codes.key")
        if let secret = try file.read(), secret.count == 32 { return secret }
        var random = random
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        try file.write(secret)
        return secret
    }
}
