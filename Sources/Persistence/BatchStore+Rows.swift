import Execution
import FoundationEssentials
import GRDB
import Telemetry

/// The rows of the batch table. Each function belongs inside `access` or `transaction`.
extension Statements {
    /// Adds a batch, and with it the state as of its commit.
    func insert(_ row: BatchRow, state: OutboxState) throws {
        let header = row.header
        let payload = row.place?.rawValue.databaseValue ?? Data(row.payload).databaseValue
        try insert.execute(arguments: [
            row.key.rawValue, header.firstTime.milliseconds,
            header.lastTime.milliseconds &- header.firstTime.milliseconds, header.count,
            header.boot << 1 | (header.isSynchronized ? 1 : 0), header.drift, row.names,
            row.checksum, payload, Data(state.encoded),
        ])
    }

    /// Removes the batches of a range of keys.
    func delete(_ keys: ClosedRange<RowKey>) throws {
        try delete.execute(arguments: [keys.lowerBound.rawValue, keys.upperBound.rawValue])
    }

    /// Writes the state down beside the batches, where no batch is added to carry it.
    func save(_ state: OutboxState) throws {
        try saveState.execute(arguments: [Data(state.encoded)])
    }

    /// The newest state any row carries, or `damaged` where there is none.
    func newestState(_ db: Database) throws -> OutboxState {
        guard let stored = try Row.fetchOne(db, sql: "SELECT state FROM store WHERE id = 1"),
            var newest = OutboxState(decoding: try stored.bytes(0))
        else { throw StoreFault.damaged("no state") }
        for lane in Lane.allCases {
            let keys = RowKey.all(of: lane)
            let bounds: StatementArguments = [keys.lowerBound.rawValue, keys.upperBound.rawValue]
            guard let row = try Row.fetchOne(newestState, arguments: bounds) else { continue }
            guard let state = OutboxState(decoding: try row.bytes(1)) else {
                throw StoreFault.damaged("an unreadable state")
            }
            let sequence = RowKey(rawValue: try row.integer(0)).sequence
            guard state.lanes[lane].head == sequence else {
                throw StoreFault.damaged("a state of another batch")
            }
            if state.version > newest.version { newest = state }
        }
        return newest
    }

    /// The headers of the batches in a range of keys, without their payloads.
    func headers(
        _ keys: ClosedRange<RowKey>, limit: Int, newestFirst: Bool = false
    ) throws -> [StoredHeader] {
        let statement = newestFirst ? headersDescending : headers
        var headers: [StoredHeader] = []
        let cursor = try Row.fetchCursor(
            statement, arguments: [keys.lowerBound.rawValue, keys.upperBound.rawValue, limit])
        while let row = try cursor.next() {
            let place = row.place(7)
            headers.append(
                StoredHeader(
                    key: RowKey(rawValue: try row.integer(0)), header: try row.header(),
                    payloadBytes: try place?.length ?? row.integer(6), isPlaced: place != nil))
        }
        return headers
    }

    /// The batches of readings whose payload has a place, at either end of a range of keys.
    func placed(
        _ keys: ClosedRange<RowKey>, limit: Int = 1, newestFirst: Bool = false
    ) throws -> [PayloadRing.Kept] {
        let statement = newestFirst ? placedDescending : placed
        let cursor = try Row.fetchCursor(
            statement, arguments: [keys.lowerBound.rawValue, keys.upperBound.rawValue, limit])
        var found: [PayloadRing.Kept] = []
        while let row = try cursor.next() {
            let sequence = RowKey(rawValue: try row.integer(0)).sequence
            guard let place = row.place(1) else { continue }
            found.append(PayloadRing.Kept(sequence: sequence, place: place))
        }
        return found
    }

    /// The ring as the rows have it.
    ///
    /// - Parameter sequences: Of the oldest and the newest batch that has a place.
    func ring(_ sequences: ClosedRange<Int64>?) throws -> PayloadRing {
        guard let sequences else { return PayloadRing() }
        let keys =
            RowKey(.reading, sequences.lowerBound)...RowKey(.reading, sequences.upperBound)
        return PayloadRing(
            oldest: try sound(keys, newestFirst: false), newest: try sound(keys, newestFirst: true))
    }

    /// The keys of all batches whose payload has a place.
    func placedKeys(_ sequences: ClosedRange<Int64>?) throws -> Set<RowKey> {
        guard let sequences else { return [] }
        let keys =
            RowKey(.reading, sequences.lowerBound)...RowKey(.reading, sequences.upperBound)
        return Set(
            try placed(keys, limit: .max).map { RowKey(.reading, $0.sequence) })
    }

    /// The batch at one end that is sound: the place in a damaged row would lead astray. Where there
    /// is none for long, the one whose place is in the file: what lies between may be sound.
    private func sound(
        _ keys: ClosedRange<RowKey>, newestFirst: Bool
    ) throws -> PayloadRing.Kept? {
        let found = try placed(keys, limit: 16, newestFirst: newestFirst)
        return try found.first {
            let key = RowKey(.reading, $0.sequence)
            do {
                return try rows(key...key, limit: 1, maximumBytes: .max).damaged.isEmpty
            } catch let fault as StoreFault where fault == .unreadable {
                // It does not keep the cache from opening, and nothing is written over it: it may
                // be read later.
                return true
            }
        }
            ?? placed(keys, limit: .max, newestFirst: newestFirst)
            .first { $0.place.end <= payloads.end }
    }

    /// The batches in a range of keys, ascending: at least one where there is one, then as many
    /// as fit into the limits. A batch whose checksum is wrong counts, and comes back as its key.
    /// What comes before one that the disk does not read is handed out.
    func rows(
        _ keys: ClosedRange<RowKey>, limit: Int, maximumBytes: Int
    ) throws -> (sound: [BatchRow], damaged: [RowKey]) {
        var sound: [BatchRow] = []
        var damaged: [RowKey] = []
        var bytes = 0
        let cursor = try Row.fetchCursor(
            rows, arguments: [keys.lowerBound.rawValue, keys.upperBound.rawValue, limit])
        while bytes < maximumBytes, let row = try cursor.next() {
            let payload: [UInt8]
            do {
                payload = try row.payload(7, from: payloads)
            } catch {
                guard error == .unreadable, !sound.isEmpty || !damaged.isEmpty else { throw error }
                break
            }
            let batch = BatchRow(
                key: RowKey(rawValue: try row.integer(0)), header: try row.header(),
                names: try row.integer(8), payload: payload, place: row.place(7))
            let isSound = try row.integer(6) == batch.checksum
            bytes += batch.payload.count
            if !isSound {
                damaged.append(batch.key)
            } else if bytes <= maximumBytes || sound.isEmpty {
                sound.append(batch)
            }
        }
        return (sound, damaged)
    }

    /// The pages of the file, and how many of them hold nothing.
    func pageCounts() throws -> (all: Int64, free: Int64) {
        guard let all = try Row.fetchOne(pageCount), let free = try Row.fetchOne(freePageCount)
        else { throw StoreFault.damaged("no page count") }
        return (all: try all.integer(0), free: try free.integer(0))
    }

    /// Bytes of the pages that hold something.
    func usedBytes(pageSize: Int) throws -> Int64 {
        let (all, free) = try pageCounts()
        return (all - free) * Int64(pageSize)
    }
}

/// A row without its payload.
struct StoredHeader: Equatable {
    var key: RowKey
    var header: BatchRow.Header
    var payloadBytes: Int64
    /// Whether the payload lies in the file of payloads.
    var isPlaced = false

    /// What the batch takes in both files.
    var storedBytes: Int64 { rowBytes + (isPlaced ? payloadBytes : 0) }

    /// What the row takes in the database.
    var rowBytes: Int64 { Self.rowBytes(payload: isPlaced ? 0 : payloadBytes) }

    /// - Parameter payload: The bytes of the payload in the row itself.
    /// - Returns: What the row takes, its share of the pages above it included.
    static func rowBytes(payload: Int64) -> Int64 {
        payload + payload / 100 + 128
    }
}

/// The tables beside the batches, written seldom.
extension BatchStore {
    static func boots(_ db: Database) throws -> BootClocks {
        let sql = "SELECT id, name, base, truth, low, high, reading FROM boot ORDER BY id"
        return BootClocks(
            try Row.fetchAll(db, sql: sql).map { row in
                let truth: Int64? =
                    (row[3] as DatabaseValue).isNull ? nil : try row.integer(3)
                return BootClocks.Boot(
                    id: try row.integer(0), name: try row.text(1), base: try row.integer(2),
                    truth: truth, low: try row.integer(4), high: try row.integer(5),
                    firstReading: try row.integer(6))
            })
    }

    static func save(_ boot: BootClocks.Boot, _ db: Database) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO boot VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                boot.id, boot.name, boot.base, boot.truth, boot.low, boot.high, boot.firstReading,
            ])
    }

    static func destinations(_ db: Database) throws -> [String: Int64] {
        var destinations: [String: Int64] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT id, name FROM destination") {
            destinations[try row.text(1)] = try row.integer(0)
        }
        return destinations
    }
}
