import AccessControl
import Execution
import FoundationEssentials
import GPIO
import LinuxSystem
import Logging
import Persistence
import SiteConfiguration
import Telemetry

/// The lockers and doors of a site.
struct AccessService: Sendable {
    /// What it was made from: where this is unchanged, a reload leaves them alone.
    struct Configuration: Hashable, Sendable {
        let site: String
        let lockers: [LockerBankConfiguration]
        let doors: [DoorConfiguration]

        var isEmpty: Bool { lockers.isEmpty && doors.isEmpty }

        var withoutLockers: Configuration {
            Configuration(site: site, lockers: [], doors: doors)
        }
    }

    let configuration: Configuration
    let banks: [String: LockerBank]
    let doors: [String: Door]
    /// By the banks they belong to.
    let readers: [String: CodeReader]
    let part: Part

    init(
        _ configuration: Configuration, secret: [UInt8], register: AccessRegister,
        effects: AccessEffects, time: TimeSource, onNews: @escaping @Sendable (News) -> Void
    ) async {
        self.configuration = configuration
        var banks: [String: LockerBank] = [:]
        for bank in configuration.lockers {
            banks[bank.name] = await LockerBank(
                bank, site: configuration.site, secret: secret, effects: effects,
                register: register, time: time, random: SystemRandomNumberGenerator())
        }
        var doors: [String: Door] = [:]
        for door in configuration.doors {
            doors[door.name] = Door(door, effects: effects, register: register, time: time)
        }
        var readers: [String: CodeReader] = [:]
        for bank in banks.values {
            readers[bank.configuration.name] = bank.configuration.reader.map {
                CodeReader($0, of: bank, time: time, onNews: onNews)
            }
        }
        (self.banks, self.doors, self.readers) = (banks, doors, readers)
        part = Part { [banks, doors, readers] in
            await withDiscardingTaskGroup { group in
                for bank in banks.values { group.addTask { await bank.run() } }
                for reader in readers.values { group.addTask { await reader.run() } }
                for door in doors.values { group.addTask { await door.run() } }
            }
        }
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

    /// An output cannot be switched, for now, or is not what it was told to be. Returns at once,
    /// from any thread.
    ///
    /// A compartment finds out when it is next released, and its contact is a fault meanwhile.
    func observeFailed(_ line: LineName) {
        for door in doors.values { door.observeForgotten(line) }
    }
}

extension AccessJournal {
    /// The journal in the database of the state folder.
    init(_ store: AccessStore, logger: Logger) {
        self.init(
            load: {
                let (values, last) = try await store.load()
                return AccessContents(
                    values: values,
                    trail: last.map { AuditTrail(count: $0.number, head: $0.hash) } ?? AuditTrail())
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
            })
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
    static func load(stateFolder: String) throws(StateFileError) -> [UInt8] {
        let file = StateFile(path: stateFolder + "/codes.key")
        if let secret = try file.read(), secret.count == 32 { return secret }
        var random = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        try file.write(secret)
        return secret
    }
}
