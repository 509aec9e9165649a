import Glibc
import NIOCore

/// Who is at the other end of a connection, as the kernel knows it.
struct Peer: Sendable {
    private let channel: any Channel

    init(_ channel: any Channel) {
        self.channel = channel
    }

    /// Who answers for a request, for the audit trail.
    ///
    /// Root may speak for somebody else, as `linli` does under sudo. With everybody else's name
    /// stands the account that has connected, where it is another.
    ///
    /// - Parameter claimed: Whose name the request has, for example `linli:wang`.
    func name(claimed: String) async -> String {
        guard let account = await account() else { return "unknown as \(claimed)" }
        // Nothing but what `linli` itself would say: a name that only ends like the account's could
        // be read as somebody else's.
        guard account.id != 0, claimed != "linli:\(account.name)" else { return claimed }
        return "\(account.name) as \(claimed)"
    }

    private func account() async -> (id: uid_t, name: String)? {
        guard let provider = channel as? any SocketOptionProvider,
            let found: Credentials = try? await provider.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
        else { return nil }
        return (found.user, Self.name(of: found.user))
    }

    /// The account's name; its number where it has none.
    private static func name(of user: uid_t) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
            guard let start = buffer.baseAddress,
                getpwuid_r(user, &entry, start, buffer.count, &found) == 0,
                let name = found?.pointee.pw_name
            else { return "\(user)" }
            return String(cString: name)
        }
    }

    /// `struct ucred` of unix(7), which Glibc shows to GNU programs alone.
    private struct Credentials: BitwiseCopyable, Sendable {
        var process: pid_t
        var user: uid_t
        var group: gid_t
    }
}
