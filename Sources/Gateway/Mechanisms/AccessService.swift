import AccessControl
import Execution
import FoundationEssentials
import GPIO
import LinuxSystem
import Logging
import Persistence
import SiteConfiguration
import Telemetry

/// The lockers and doors of a site that run, each a part by itself: a change of one leaves the others
/// as they are.
struct AccessService: Sendable {
    private(set) var banks: [String: LockerBank] = [:]
    private(set) var doors: [String: Door] = [:]
    /// By the banks they belong to.
    private(set) var readers: [String: CodeReader] = [:]
    private var bankParts: [String: Part] = [:]
    private var doorParts: [String: Part] = [:]
    private var readerParts: [String: Part] = [:]

    /// Where people's wishes come from, and what carries them out.
    var inputParts: [Part] { Array(readerParts.values) }
    var mechanismParts: [Part] { Array(bankParts.values) + Array(doorParts.values) }

    mutating func add(_ bank: LockerBank) -> Part {
        banks[bank.name] = bank
        let part = Part("lockers \(bank.name)") { await bank.run() }
        bankParts[bank.name] = part
        return part
    }

    mutating func add(_ door: Door) -> Part {
        let name = door.configuration.name
        doors[name] = door
        let part = Part("door \(name)") { await door.run() }
        doorParts[name] = part
        return part
    }

    mutating func add(_ reader: CodeReader, of bank: String) -> Part {
        readers[bank] = reader
        let part = Part("code reader of \(bank)") { await reader.run() }
        readerParts[bank] = part
        return part
    }

    /// Takes a bank out, and its reader; what ran of it is to be stopped.
    mutating func remove(bank name: String) -> [Part] {
        banks[name] = nil
        return remove(readerOf: name) + [bankParts.removeValue(forKey: name)].compactMap { $0 }
    }

    mutating func remove(readerOf bank: String) -> [Part] {
        readers[bank] = nil
        return [readerParts.removeValue(forKey: bank)].compactMap { $0 }
    }

    mutating func remove(door name: String) -> [Part] {
        doors[name] = nil
        return [doorParts.removeValue(forKey: name)].compactMap { $0 }
    }

    /// Takes what has become of a line. Returns at once, from any thread.
    func observe(_ change: LineChange) {
        for bank in banks.values { bank.observe(change) }
        for door in doors.values { door.observe(change) }
    }

    /// An output can be switched again. Returns at once, from any thread.
    func observeRestored(_ line: LineName) {
        for bank in banks.values { bank.observeRestored(line) }
        for door in doors.values { door.observeForgotten(line) }
    }

    /// An output cannot be switched, for now. Returns at once, from any thread.
    ///
    /// A compartment finds out when it is next released, and its contact is a fault meanwhile.
    func observeFailed(_ line: LineName) {
        for door in doors.values { door.observeForgotten(line) }
    }
}

extension AccessJournal {
    /// The journal in the database of the state folder, and the files of its trail.
    init(_ store: AccessStore, _ files: AuditFiles, logger: Logger) {
        self.init(
            load: {
                let (values, row) = try await store.load()
                let last = row.map { AuditHead(count: $0.number, hash: $0.hash) } ?? AuditHead()
                let (key, isNew) = try await files.load()
                var known = await files.known()
                if isNew, known == nil {
                    // The first start; or the key is gone, and with it the proof of what is there.
                    let claimed = await files.claimed()
                    let end = claimed > last.count ? AuditHead(count: claimed) : last
                    await files.keep(end)
                    known = end
                }
                let end = max(last.count, known?.count ?? 0)
                return AccessContents(
                    values: values, key: key, keyReplacedAt: isNew && end > 0 ? end : nil,
                    last: last,
                    known: known)
            },
            commit: { records in
                do {
                    try await store.commit(records.map(AccessStore.Change.init))
                    return true
                } catch {
                    logger.error("Lockers' journal not written", metadata: ["error": "\(error)"])
                    return false
                }
            },
            records: { from, limit in
                try await store.rows(from: from, limit: limit).map(AuditRecord.init)
            }, keep: { await files.keep($0) }, known: { await files.known() })
    }
}

extension AccessStore.Change {
    init(_ record: AccessRecord) {
        switch record {
        case .put(let key, let value): self = .put(key: key, value: value)
        case .remove(let key): self = .remove(key: key)
        case .audit(let record):
            self = .audit(
                AccessStore.AuditRow(
                    number: record.number, time: record.time.milliseconds, actor: record.actor,
                    action: record.action, subject: record.subject, details: record.details,
                    hash: record.hash))
        }
    }
}

extension AuditRecord {
    init(_ row: AccessStore.AuditRow) {
        self.init(
            number: row.number, time: Timestamp(milliseconds: row.time), actor: row.actor,
            action: row.action, subject: row.subject, details: row.details, hash: row.hash)
    }
}

/// The secret of the gateway that goes into the hashes of codes.
enum CodeSecret {
    /// Reads it, or makes it at the first start.
    static func load(
        stateFolder: String, _ random: any RandomNumberGenerator
    ) throws(StateFileError) -> [UInt8] {
        let file = StateFile(path: stateFolder + "/codes.key")
        if let secret = try file.read(), secret.count == 32 { return secret }
        var random = random
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        try file.write(secret)
        return secret
    }
}
