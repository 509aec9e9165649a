import Documents
import Glibc

/// Which ports and endpoints the document uses, and who has named each first: buses and code readers.
///
/// A class, as the catalog of lines is: all sections of one document claim from it.
final class PortClaims {
    private var owners: [Place: Owner] = [:]

    private struct Owner {
        let path: String
        let line: Int
        let bus: String?
    }

    /// What two must not share, whatever name they give it.
    private enum Place: Hashable {
        case file(String)
        /// A device node: two nodes of one device, and links to it, are one.
        case device(UInt)
        case endpoint(host: String, port: UInt16)
    }

    /// Claims the link of a bus; a fault where it is taken.
    func claim(_ link: BusLink, as entry: DocumentEntry) {
        let (place, name) = Self.place(of: link)
        claim(place, name, entry.key, bus: entry.name)
    }

    /// Claims a serial port that no bus may have.
    ///
    /// - Returns: Whether it was free; where not, that is a fault.
    @discardableResult
    func claim(port path: String, as node: DocumentNode) -> Bool {
        claim(Self.place(ofPort: path), path, node, bus: nil)
    }

    @discardableResult
    private func claim(_ place: Place, _ name: String, _ node: DocumentNode, bus: String?) -> Bool {
        guard let owner = owners[place] else {
            owners[place] = Owner(path: node.path, line: node.line, bus: bus)
            return true
        }
        if let first = owner.bus {
            let line = bus == nil ? " (line \(owner.line))" : ""
            node.fail("\(name) is already the bus \(first)\(line)")
        } else {
            node.fail("\(name) is already used at \(owner.path), line \(owner.line)")
        }
        return false
    }

    private static func place(of link: BusLink) -> (Place, String) {
        switch link {
        case .serial(let path, _, _): (place(ofPort: path), path)
        case .tcp(let host, let port), .rtuOverTCP(let host, let port):
            (
                .endpoint(host: host.lowercased(), port: port),
                host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            )
        }
    }

    private static func place(ofPort path: String) -> Place {
        var found = stat()
        if stat(path, &found) == 0, found.st_mode & S_IFMT == S_IFCHR {
            return .device(UInt(found.st_rdev))
        }
        // Links such as /dev/serial/by-id lead to one device under several names.
        guard let real = realpath(path, nil) else { return .file(path) }
        defer { free(real) }
        return .file(String(cString: real))
    }
}
