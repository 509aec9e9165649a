import AccessControl
import Execution
import Persistence
import Testing

/// What somebody with the database, but without the key, may do to the trail.
struct AuditCheckTests {
    private static let key = AuditKey([UInt8](repeating: 7, count: 32))

    private static func records(
        _ count: Int, key: AuditKey = key, after head: AuditHead = AuditHead()
    ) -> [AuditRecord] {
        var trail = AuditTrail(key: key, head: head)
        return (0..<count).map { number in
            trail.append(
                time: Timestamp(milliseconds: 1_000 * Int64(number)), actor: "linli:li",
                action: "released", subject: "east/A0\(number % 4)", details: "\(number)")
        }
    }

    private static func head(of records: some Sequence<AuditRecord>) -> AuditHead {
        records.reduce(AuditHead()) { _, record in
            AuditHead(count: record.number, hash: record.hash)
        }
    }

    private static func faults(
        in records: some Sequence<AuditRecord>, known: AuditHead?
    ) -> [AuditCheck.Fault] {
        var check = AuditCheck(key: key, known: known)
        for record in records { check.take(record) }
        check.finish()
        return check.faults
    }

    @Test(arguments: [0, 1, 20])
    func aWholeTrailIsWhole(count: Int) {
        let records = Self.records(count)
        #expect(Self.faults(in: records, known: Self.head(of: records)) == [])
        // The end that is kept apart may be one write behind.
        #expect(Self.faults(in: records, known: Self.head(of: records.dropLast())) == [])
    }

    @Test(arguments: 0..<20)
    func aChangedRecordIsFound(place: Int) {
        var records = Self.records(20)
        let known = Self.head(of: records)
        records[place].actor = "linli:wang"
        let number = Int64(place + 1)
        #expect(Self.faults(in: records, known: known) == [.changed(number...number)])
    }

    @Test(arguments: 0..<20)
    func aRemovedRecordIsFound(place: Int) {
        var records = Self.records(20)
        let known = Self.head(of: records)
        records.remove(at: place)
        let number = Int64(place + 1)
        #expect(Self.faults(in: records, known: known) == [.missing(number...number)])
    }

    @Test(arguments: 1...20)
    func recordsCutOffAtTheEndAreFound(count: Int) {
        let records = Self.records(20)
        let known = Self.head(of: records)
        #expect(
            Self.faults(in: records.dropLast(count), known: known)
                == [.missing(Int64(21 - count)...20)])
    }

    @Test(arguments: 0..<20)
    func aChainWrittenAnewFromAnyRecordOnIsFound(place: Int) {
        let honest = Self.records(20)
        let head = Self.head(of: honest.prefix(place))
        let forged = Self.records(
            20 - place, key: AuditKey([UInt8](repeating: 8, count: 32)), after: head)
        let found = Self.faults(
            in: honest.prefix(place) + forged, known: Self.head(of: honest))
        #expect(found.first == .changed(Int64(place + 1)...20))
        #expect(found.last == .otherEnd(20))
    }

    @Test func anEndThatIsGoneIsAFault() {
        #expect(Self.faults(in: Self.records(3), known: nil) == [.noHead])
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func whateverIsDoneToARecordIsFound(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var records = Self.records(12)
        let known = Self.head(of: records)
        let place = Int.random(in: 0..<12, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: records[place].details += "x"
        case 1: records[place].time = records[place].time + .milliseconds(1)
        case 2: records[place].hash[Int.random(in: 0..<32, using: &random)] ^= 1
        case 3: records[place].subject = "east/A09"
        case 4:
            // Text moved from one column to the next.
            records[place].action += records[place].subject
            records[place].subject = ""
        default: records.removeSubrange(place...Int.random(in: place..<12, using: &random))
        }
        #expect(Self.faults(in: records, known: known) != [])
    }

    @Test func anEndReadsBackAndNoOtherKeyMakesOne() {
        let head = Self.head(of: Self.records(9))
        let text = Self.key.text(of: head)
        #expect(Self.key.head(in: text) == head)
        #expect(AuditKey([UInt8](repeating: 8, count: 32)).head(in: text) == nil)
        for word in ["", "9", text.replacing("9 ", with: "8 "), String(text.dropLast(3))] {
            #expect(Self.key.head(in: word) == nil)
        }
    }
}
