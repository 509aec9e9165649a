/// A mapping whose keys are laid down by a schema.
package struct DocumentFields {
    package let node: DocumentNode
    private let keys: [String]
    private let values: [String: DocumentEntry]
    /// The keys that were likely meant by unknown ones.
    private let misspelt: Set<String>
    /// Whether keys are missing only since another mapping was to bring them in.
    private let isMerged: Bool

    init(
        _ node: DocumentNode, keys: [String], values: [String: DocumentEntry],
        misspelt: Set<String>
    ) {
        self.misspelt = misspelt
        if case .mapping(let entries) = node.content {
            isMerged = entries.contains(where: \.isMerge)
        } else {
            isMerged = false
        }
        self.node = node
        self.keys = keys
        self.values = values
    }

    /// The value of a key; a fault where it is missing.
    package func required(_ key: String) -> DocumentNode? {
        if let entry = entry(key) {
            // Something must stand there; what it must be is the caller's matter.
            guard !entry.value.isNull else {
                entry.key.fail("has no value")
                return nil
            }
            return entry.value
        }
        // A key that is misspelt is not missing, too.
        if !misspelt.contains(key), !isMerged { node.fail("\"\(key)\" is missing") }
        node.log.noteMissing(node.path.isEmpty ? key : "\(node.path).\(key)")
        return nil
    }

    /// The value of a key, where it is given.
    package func optional(_ key: String) -> DocumentNode? {
        guard let entry = entry(key) else { return nil }
        guard !entry.value.isNull else {
            entry.key.fail("has no value; leave the key out or give one")
            return nil
        }
        return entry.value
    }

    /// Whether a key is given, with or without a value.
    package func contains(_ key: String) -> Bool {
        entry(key) != nil
    }

    /// The key and value, to report a fault at the key.
    package func entry(_ key: String) -> DocumentEntry? {
        precondition(keys.contains(key), "\(key) is read but not in the schema")
        return values[key]
    }
}

extension DocumentNode {
    /// This mapping read by a schema. Unknown keys are reported, with the nearest known one.
    ///
    /// - Parameters:
    ///   - keys: The keys the schema knows.
    ///   - unsupported: Keys that are refused by name, each with its reason.
    package func fields(
        _ keys: [String], unsupported: [String: String] = [:]
    ) -> DocumentFields? {
        guard let entries = entries() else { return nil }
        var values: [String: DocumentEntry] = [:]
        var misspelt: Set<String> = []
        for entry in entries {
            if keys.contains(entry.name) {
                values[entry.name] = entry
            } else if let reason = unsupported[entry.name] {
                entry.key.fail(reason)
            } else if entry.value.isNull, entry.name.isDigits {
                entry.key.fail("the comma ends the value before it; decimals stand behind a point")
            } else {
                let plain = ScalarAdvice.halfWidth(entry.name) ?? entry.name
                if let meant = nearestWord(to: plain, among: keys) { misspelt.insert(meant) }
                entry.key.fail("unknown key" + suggestion(for: plain, among: keys))
            }
        }
        for key in misspelt where values[key] == nil {
            log.noteMissing(path.isEmpty ? key : "\(path).\(key)")
        }
        return DocumentFields(self, keys: keys, values: values, misspelt: misspelt)
    }
}

extension String {
    fileprivate var isDigits: Bool { !isEmpty && allSatisfy { $0.isASCII && $0.isNumber } }
}
