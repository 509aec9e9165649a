import Documents
import Metering

extension DocumentNode {
    /// A name for a thing of the site, safe in topics and paths.
    func fieldName() -> String? {
        guard let text = text() else { return nil }
        if let reason = Self.fieldNameFault(text) {
            fail(reason)
            return nil
        }
        return text
    }

    /// A text for people: any script, one line, at most 120 characters.
    func label() -> String? {
        guard let text = text() else { return nil }
        guard text.count <= 120, text.utf8.count <= 480 else {
            fail("is longer than 120 characters")
            return nil
        }
        guard !text.hasControlCharacters else {
            fail("must be one line of text")
            return nil
        }
        return text
    }

    static func fieldNameFault(_ text: String) -> String? {
        if text.isFieldName(separators: "-_.") { return nil }
        return "must be 1 to 64 lower-case letters, digits, \"-\", \"_\" or \".\", "
            + "the first a letter or digit"
    }
}

extension DocumentEntry {
    /// The key, where it can name a thing of the site.
    func checkedName() -> String? {
        if let reason = DocumentNode.fieldNameFault(name) {
            key.fail("the name " + reason)
            return nil
        }
        return name
    }
}

extension String {
    var hasControlCharacters: Bool {
        unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
    }
}
