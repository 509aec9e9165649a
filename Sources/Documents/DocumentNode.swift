/// One place in a document: a scalar, a list or a mapping, that knows where it stands.
///
/// The readers (``text()``, ``integer(in:)``, ``list()``, ``fields(_:)`` and so on) return `nil`
/// after reporting a fault, so a caller goes on and finds the others.
package struct DocumentNode {
    /// What stands at a place.
    package indirect enum Content {
        /// Nothing, `~` or `null`.
        case null
        case scalar(String, isQuoted: Bool)
        case list([DocumentNode])
        case mapping([DocumentEntry])
        /// Something this reader does not take, already reported.
        case refused
    }

    package let content: Content
    /// The keys that lead here, for example `devices.b1.every`.
    package let path: String
    /// The line of the value, counted from 1.
    package let line: Int
    /// The column of the value, counted from 1.
    package let column: Int
    let log: FaultLog

    /// Reports a fault of this place.
    package func fail(_ reason: String) {
        log.report(line: line, column: column, path: path, reason: reason)
    }

    /// Says that this place is doubtful, in a document that is taken all the same.
    package func warn(_ reason: String) {
        log.warn(line: line, column: column, path: path, reason: reason)
    }

    /// Whether a fault of the document was reported so far.
    package var hasFaults: Bool { !log.faults.isEmpty }

    /// The place that these keys lead to from here, or as far as they lead.
    package func nearest(_ keys: [String]) -> DocumentNode {
        guard let key = keys.first, case .mapping(let entries) = content,
            let entry = entries.first(where: { $0.name == key })
        else { return self }
        return entry.value.nearest(Array(keys.dropFirst()))
    }

    /// Whether nothing stands here.
    package var isNull: Bool {
        if case .null = content { true } else { false }
    }

    /// What stands here, in words for a fault.
    var contentName: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text, isQuoted: true): "the text \"\(text.shortened)\""
        case .scalar(let text, isQuoted: false): "\"\(text.shortened)\""
        case .list: "a list"
        case .mapping: "a mapping"
        case .refused: "something unreadable"
        }
    }

    /// Reports that something else was expected here.
    func fail(expected what: String, advice: String = "") {
        if case .refused = content { return }  // Reported where it was refused.
        fail("expected \(what), found \(contentName)" + advice)
    }

    /// Reports a name that is not in a section of the document; nothing where the section itself
    /// has a fault, of which this only follows.
    package func fail(_ reason: String, namedIn section: String) {
        log.report(line: line, column: column, path: path, reason: reason, namedIn: section)
    }

    /// The items of a list.
    package func list() -> [DocumentNode]? {
        if case .list(let items) = content { return items }
        if case .mapping = content {
            fail(
                expected: "a list",
                advice: "; begin each item with \"- \", or write [ ] around them")
        } else {
            fail(expected: "a list")
        }
        return nil
    }

    /// The entries of a mapping whose keys are names chosen by the writer, in order.
    ///
    /// A key that is given twice is reported, and only its last entry returned.
    package func entries() -> [DocumentEntry]? {
        if case .mapping(let entries) = content {
            for entry in entries where entry.isMerge {
                entry.key.fail("merge keys are not allowed; write out what << would bring in")
            }
            return entries.filter { !$0.isMerge }
        }
        if case .list = content {
            fail(expected: "a mapping", advice: "; write `name: {...}` without the dashes")
        } else {
            fail(expected: "a mapping")
        }
        return nil
    }
}

/// One `key: value` of a mapping.
package struct DocumentEntry {
    /// The key, a scalar; its path is that of the value.
    package let key: DocumentNode
    /// The text of the key.
    package let name: String
    package let value: DocumentNode

    /// Whether it would bring in the keys of another mapping, as YAML 1.1 has it.
    var isMerge: Bool { name == "<<" }
}

extension String {
    /// At most 60 characters of this text, on one line, for a message.
    var shortened: String {
        let line = String(map { $0.isNewline ? " " : $0 })
        return line.count <= 60 ? line : line.prefix(57) + "..."
    }
}
