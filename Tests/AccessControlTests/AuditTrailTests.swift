import AccessControl
import Execution
import Testing

struct AuditTrailTests {
    private static func records(_ count: Int) -> [AuditRecord] {
        var trail = AuditTrail()
        return (0..<count).map { number in
            trail.append(
                time: Timestamp(milliseconds: 1_000 * Int64(number)), actor: "linli:li",
                action: "released", subject: "east/A0\(number % 4)", details: "\(number)")
        }
    }

    private static func fault(in records: [AuditRecord]) -> AuditTrail.Fault? {
        var trail = AuditTrail()
        for record in records {
            do throws(AuditTrail.Fault) {
                try trail.verify(record)
            } catch {
                return error
            }
        }
        return nil
    }

    @Test func aWholeTrailIsWhole() {
        #expect(Self.fault(in: Self.records(20)) == nil)
    }

    @Test(arguments: 0..<20)
    func aChangedRecordIsFound(place: Int) {
        var records = Self.records(20)
        records[place].actor = "linli:wang"
        #expect(Self.fault(in: records) == .wrongHash(number: Int64(place + 1)))
    }

    @Test(arguments: 0..<19)
    func aRemovedRecordIsFound(place: Int) {
        var records = Self.records(20)
        records.remove(at: place)
        let number = Int64(place + 1)
        #expect(
            Self.fault(in: records) == .wrongNumber(expected: number, found: number + 1))
    }
}
