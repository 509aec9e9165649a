import Execution
import Glibc

/// A folder of profiles: one file `<id>.yaml` for each.
enum ProfileFolder {
    /// Why a folder cannot be listed; the system's error number.
    struct Unreadable: Error, Hashable {
        let errno: Int32

        var reason: String { "cannot be read: \(SystemError.text(errno))" }
    }

    /// The paths of the profiles of a folder by identifier. Other files are left alone.
    static func files(in folder: String) throws(Unreadable) -> [String: String] {
        guard let stream = opendir(folder) else { throw Unreadable(errno: errno) }
        defer { closedir(stream) }
        var files: [String: String] = [:]
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let identifier = identifier(of: name), !name.hasPrefix(".") {
                files[identifier] = "\(folder)/\(name)"
            }
        }
        return files
    }

    /// The identifier that a file of this name must hold.
    static func identifier(of path: String) -> String? {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        guard name.hasSuffix(".yaml"), name.utf8.count > 5 else { return nil }
        return String(name.dropLast(5))
    }

    /// Where the profiles of this version are: beside the executable, installed with it, in the
    /// source tree it was built from, or where a package puts them. The first that is there.
    static var shipped: String? {
        let executable = executableFolder
        let candidates =
            resourceFolders(beside: executable)
            + [
                "\(executable)/profiles",
                "\(executable)/../share/linli/profiles",
                sourceFolder,
                "/usr/share/linli/profiles",
            ]
        return candidates.first { access($0, R_OK | X_OK) == 0 }
    }

    /// Where the package manager puts the resources of this target, whatever the package.
    private static func resourceFolders(beside folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var folders: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix("_DeviceProfiles.resources") {
                folders.append("\(folder)/\(name)/Profiles")
            }
        }
        return folders.sorted()
    }

    private static var sourceFolder: String {
        "\(#filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })/Profiles"
    }

    private static var executableFolder: String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        guard length > 0 else { return "." }
        let path = String(
            decoding: buffer[..<length].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }
}
