import FoundationEssentials

/// What outlasts a restart of a bank.
package struct KeptLockers: Hashable, Sendable {
    package var parcels: [Parcel]
    package var commands: CommandLog
    package var tokens: UsedTokens
    /// Whether codes were locked out.
    package var isLockedOut: Bool

    package init(
        parcels: [Parcel] = [], commands: CommandLog = CommandLog(),
        tokens: UsedTokens = UsedTokens(), isLockedOut: Bool = false
    ) {
        self.parcels = parcels
        self.commands = commands
        self.tokens = tokens
        self.isLockedOut = isLockedOut
    }

    /// - Parameter values: All of a register; those of other banks are left alone.
    package init(of bank: String, in values: [String: [UInt8]]) {
        self.init(
            commands: CommandLog(values["commands/\(bank)"] ?? []),
            isLockedOut: values["lockout/\(bank)"] != nil)
        let (parcel, token) = ("parcel/\(bank)/", "token/\(bank)/")
        for (key, value) in values {
            if key.hasPrefix(token) {
                tokens.restore(String(key.dropFirst(token.count)), value)
            } else if key.hasPrefix(parcel),
                // What cannot be decoded was written by another version, and is left alone.
                let kept = try? JSONDecoder().decode(Parcel.self, from: Data(value))
            {
                parcels.append(kept)
            }
        }
    }
}
