package import Documents
import Synchronization

/// The profiles a site document can name: those shipped, and those of a folder on the gateway.
///
/// Listing is cheap: a shipped profile is read when it is first asked for, and kept. Profiles of
/// the gateway's own folder are read at once, so that a wrong one is known from the start.
package struct ProfileLibrary: Sendable {
    private let files: [String: String]
    private let cache: Cache

    private final class Cache: Sendable {
        let profiles: Mutex<[String: DeviceProfile]>

        init(_ profiles: [String: DeviceProfile] = [:]) {
            self.profiles = Mutex(profiles)
        }
    }

    private init(files: [String: String], profiles: [String: DeviceProfile] = [:]) {
        self.files = files
        cache = Cache(profiles)
    }

    /// The profiles that come with this version.
    ///
    /// - Throws: Where their folder is missing or cannot be read.
    package static func shipped() throws(DocumentFaults) -> ProfileLibrary {
        guard let folder = ProfileFolder.shipped else {
            throw fault("/usr/share/linli/profiles", "the shipped profiles are not installed")
        }
        return ProfileLibrary(files: try list(folder))
    }

    /// No profiles at all, to load a folder into.
    package static var empty: ProfileLibrary { ProfileLibrary(files: [:]) }

    /// These profiles and those of another folder.
    ///
    /// Blocks on the file system.
    ///
    /// - Throws: Every fault of every profile in the folder; also where one has the identifier of
    ///   a profile that is already there.
    package func loading(folder: String) throws(DocumentFaults) -> ProfileLibrary {
        var files = files
        var profiles = cache.profiles.withLock { $0 }
        var faults: [DocumentFault] = []
        for (id, file) in try Self.list(folder).sorted(by: { $0.key < $1.key }) {
            if let other = files[id] {
                faults +=
                    Self.fault(
                        file,
                        "there is already a profile \"\(id)\" (\(other)); give this one another id"
                    ).faults
                continue
            }
            do throws(DocumentFaults) {
                profiles[id] = try Self.read(file: file)
                files[id] = file
            } catch {
                faults += error.faults
            }
        }
        guard faults.isEmpty else { throw DocumentFaults(faults) }
        return ProfileLibrary(files: files, profiles: profiles)
    }

    /// The identifiers of all profiles, in order.
    package var identifiers: [String] { files.keys.sorted() }

    /// The profile of an identifier, `nil` where there is none.
    ///
    /// Blocks on the file system the first time.
    ///
    /// - Throws: What is wrong with the profile.
    package func profile(_ id: String) throws(DocumentFaults) -> DeviceProfile? {
        guard let file = files[id] else { return nil }
        if let known = cache.profiles.withLock({ $0[id] }) { return known }
        let profile = try Self.read(file: file)
        cache.profiles.withLock { $0[id] = profile }
        return profile
    }

    /// Everything wrong with a profile, in the order of the text; empty for a sound one.
    package static func check(file: String) -> [DocumentFault] {
        do throws(DocumentFaults) {
            _ = try read(file: file)
            return []
        } catch {
            return error.faults
        }
    }

    /// Reads a profile from a file, which must be named `<id>.yaml`.
    package static func read(file: String) throws(DocumentFaults) -> DeviceProfile {
        try DocumentReader.read(file: file) { root in
            let profile = ProfileReader.profile(root)
            if let profile, ProfileFolder.identifier(of: file) != profile.id {
                root.fail("the profile \"\(profile.id)\" must be in a file \(profile.id).yaml")
            }
            return profile
        }
    }

    /// Reads a profile from text; faults name `file`.
    package static func read(
        text: String, file: String
    ) throws(DocumentFaults) -> DeviceProfile {
        try DocumentReader.read(text: text, file: file, ProfileReader.profile)
    }

    private static func list(_ folder: String) throws(DocumentFaults) -> [String: String] {
        do throws(ProfileFolder.Unreadable) {
            return try ProfileFolder.files(in: folder)
        } catch {
            throw fault(folder, error.reason)
        }
    }

    private static func fault(_ file: String, _ reason: String) -> DocumentFaults {
        DocumentFaults([DocumentFault(file: file, line: 0, column: 0, path: "", reason: reason)])
    }
}
