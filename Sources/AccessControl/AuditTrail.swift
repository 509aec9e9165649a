import Crypto
package import Execution

/// One thing that somebody did, chained to the one before.
package struct AuditRecord: Hashable, Sendable {
    /// From 1, without holes.
    package var number: Int64
    package var time: Timestamp
    /// Who: `linli:li`, `code`, `token`, `courier`, `gateway`.
    package var actor: String
    /// What: `released`, `deposited`, `collected`.
    package var action: String
    /// To which: `east-gate/A01`.
    package var subject: String
    package var details: String
    /// Of this record and the hash of the one before: 32 bytes.
    package var hash: [UInt8]

    package init(
        number: Int64, time: Timestamp, actor: String, action: String, subject: String,
        details: String, hash: [UInt8]
    ) {
        self.number = number
        self.time = time
        self.actor = actor
        self.action = action
        self.subject = subject
        self.details = details
        self.hash = hash
    }
}

/// The head of a chain of records: whoever changes, removes, puts in or reorders a record has to
/// make all hashes after it anew, and then the head is another than the one the city was told.
package struct AuditTrail: Hashable, Sendable {
    package private(set) var count: Int64
    /// The hash of the last record, 32 bytes; zeros before the first.
    package private(set) var head: [UInt8]

    package init(count: Int64 = 0, head: [UInt8] = [UInt8](repeating: 0, count: 32)) {
        self.count = count
        self.head = head
    }

    /// Chains one more record.
    package mutating func append(
        time: Timestamp, actor: String, action: String, subject: String, details: String = ""
    ) -> AuditRecord {
        var record = AuditRecord(
            number: count + 1, time: time, actor: actor, action: action, subject: subject,
            details: details, hash: [])
        record.hash = Self.hash(of: record, after: head)
        count += 1
        head = record.hash
        return record
    }

    /// What is wrong with a chain.
    package enum Fault: Error, Hashable, Sendable {
        /// A number is missing, comes twice or in the wrong place.
        case wrongNumber(expected: Int64, found: Int64)
        /// The record is not the one that was written, or the one before is not.
        case wrongHash(number: Int64)
        /// The end is missing: the head is known to be another.
        case wrongHead(count: Int64, expected: Int64)
    }

    /// Goes over records in order, from the first on.
    package mutating func verify(_ record: AuditRecord) throws(Fault) {
        guard record.number == count + 1 else {
            throw .wrongNumber(expected: count + 1, found: record.number)
        }
        guard record.hash == Self.hash(of: record, after: head) else {
            throw .wrongHash(number: record.number)
        }
        count += 1
        head = record.hash
    }

    /// Compares the end of what was gone over with a head that is known from elsewhere.
    package func verify(head: AuditTrail) throws(Fault) {
        guard self == head else { throw .wrongHead(count: count, expected: head.count) }
    }

    /// Each text with its length before it, so that nothing can be moved from one to another.
    private static func hash(of record: AuditRecord, after head: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: head)
        for number in [record.number, record.time.milliseconds] {
            withUnsafeBytes(of: number.bigEndian) { hash.update(bufferPointer: $0) }
        }
        for text in [record.actor, record.action, record.subject, record.details] {
            let bytes = Array(text.utf8)
            withUnsafeBytes(of: Int64(bytes.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        return Array(hash.finalize())
    }
}
