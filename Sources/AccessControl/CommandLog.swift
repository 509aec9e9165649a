/// The commands that a bank has carried out, oldest first, so that none is carried out twice. Pure.
package struct CommandLog: Hashable, Sendable {
    private var names: [String]

    /// How many are remembered.
    package static let memory = 1_024

    /// - Parameter bytes: As it was kept; nothing where there is nothing.
    package init(_ bytes: [UInt8] = []) {
        names = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// As it is kept.
    package var bytes: [UInt8] { Array(names.joined(separator: "\n").utf8) }

    package func contains(_ name: String) -> Bool { names.contains(name) }

    /// Remembers a command; beyond ``memory`` the oldest goes.
    package mutating func add(_ name: String) {
        names = (names + [name]).suffix(Self.memory)
    }

    /// A command has opened nothing, and may be given again.
    package mutating func forget(_ name: String) {
        names.removeAll { $0 == name }
    }
}
