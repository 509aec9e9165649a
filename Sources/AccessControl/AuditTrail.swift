import Crypto
package import Execution
import FoundationEssentials
package import Persistence

/// How far a trail goes: how many records were ever written, and the hash of the last.
package struct AuditHead: Hashable, Sendable {
    package var count: Int64
    /// 32 bytes; zeros before the first.
    package var hash: [UInt8]

    package init(
        count: Int64 = 0, hash: [UInt8] = [UInt8](repeating: 0, count: AuditHead.hashSize)
    ) {
        self.count = count
        self.hash = hash
    }

    package static let hashSize = 32
}

/// The key of a trail, in a file apart from it: without the key nobody can make a record, or a head,
/// that passes.
package struct AuditKey: Hashable, Sendable {
    private let bytes: [UInt8]

    /// - Parameter bytes: 32 random bytes.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The hash of a record after another. Each text with its length before it, so that nothing can
    /// be moved from one to another.
    func hash(of record: AuditRecord, after previous: [UInt8]) -> [UInt8] {
        var hash = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        hash.update(data: previous)
        for number in [record.number, record.time.milliseconds] {
            withUnsafeBytes(of: number.bigEndian) { hash.update(data: Data($0)) }
        }
        for text in [record.actor, record.action, record.subject, record.details] {
            let bytes = Data(text.utf8)
            withUnsafeBytes(of: Int64(bytes.count).bigEndian) { hash.update(data: Data($0)) }
            hash.update(data: bytes)
        }
        return Array(hash.finalize())
    }

    /// A head as it is kept outside the trail: one line of text, with a proof that it is ours.
    package func text(of head: AuditHead) -> String {
        let content = "\(head.count) \(head.hash.hexadecimal)"
        return content + " " + proof(of: content).hexadecimal + "\n"
    }

    /// - Returns: `nil` for a text that this key has not made.
    package func head(in text: String) -> AuditHead? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let count = Int64(words[0]), count >= 0,
            let hash = [UInt8](hexadecimal: words[1]), hash.count == AuditHead.hashSize,
            proof(of: "\(count) \(words[1])").hexadecimal == words[2]
        else { return nil }
        return AuditHead(count: count, hash: hash)
    }

    private func proof(of content: String) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Data("head \(content)".utf8), using: SymmetricKey(data: bytes)))
    }
}

/// The end of a chain of records, where the next one is added.
package struct AuditTrail: Hashable, Sendable {
    package private(set) var head: AuditHead
    private let key: AuditKey

    package init(key: AuditKey, head: AuditHead = AuditHead()) {
        self.key = key
        self.head = head
    }

    /// Chains one more record.
    package mutating func append(
        time: Timestamp, actor: String, action: String, subject: String, details: String = ""
    ) -> AuditRecord {
        var record = AuditRecord(
            number: head.count + 1, time: time, actor: actor, action: action, subject: subject,
            details: details, hash: [])
        record.hash = key.hash(of: record, after: head.hash)
        head = AuditHead(count: record.number, hash: record.hash)
        return record
    }
}

extension [UInt8] {
    /// - Parameter text: Two digits a byte.
    fileprivate init?(hexadecimal text: Substring) {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var rest = text
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self = bytes
    }
}
