import Documents
import Modbus
import SiteConfiguration
import Testing

/// What a raw write to a site may meet.
struct RegisterClaimsTests {
    private let claims: RegisterClaims

    init() throws {
        claims = RegisterClaims(
            try SiteFixture().read(
                """
                version: 1
                site: {id: a, name: A, timeZone: UTC}
                buses:
                  line: {serial: RS485-1, baudRate: 9600, parity: none}
                  lan: {tcp: "10.0.0.1:502"}
                devices:
                  board: {profile: waveshare-modbus-rtu-relay-8, bus: line, unit: 1}
                  spare: {profile: waveshare-modbus-rtu-relay-8, bus: line, unit: 2}
                  far: {profile: waveshare-modbus-rtu-relay-8, bus: lan, unit: 1}
                  meter: {profile: eastron-sdm630, bus: lan, unit: 7}
                lockers:
                  east:
                    compartments:
                      A01: {strike: board/relay.1, contact: board/input.1, size: small}
                doors:
                  gate: {strike: far/relay.2, contact: far/input.2}
                valves:
                  gas: {close: board/relay.3, closed: none}
                lighting:
                  stairs: {circuit: board/relay.4, control: []}
                alarms:
                  leak: {when: {line: board/input.5}, then: [{on: board/relay.5}, {close: gas}]}
                charging: {}
                """))
    }

    private func verdict(
        _ table: RegisterTable, _ address: UInt16, _ count: UInt16 = 1, unit: UInt8 = 1,
        bus: String = "line"
    ) -> RegisterClaims.Verdict {
        claims.verdict(
            writing: RegisterRange(table, at: address, count: count), to: UnitIdentifier(unit),
            on: bus)
    }

    private func subjects(_ verdict: RegisterClaims.Verdict) -> [String] {
        if case .claimed(let claims) = verdict { claims.map(\.subject) } else { [] }
    }

    @Test func eachOutputIsClaimedAndNamesItsCommand() {
        let all = Dictionary(claims.claims.map { ($0.subject, $0.command) }) { $1 }
        #expect(
            all == [
                "lockers.east.compartments.A01.strike": "linli lockers release east/A01",
                "doors.gate.strike": "linli doors release gate",
                "valves.gas.close": "linli alarms close gas",
                "lighting.stairs.circuit": "linli lights on stairs",
                "alarms.leak.then[0].on": "linli alarms test leak",
            ])
    }

    @Test func aRangeThatTouchesIsClaimed() {
        #expect(subjects(verdict(.coil, 0)) == ["lockers.east.compartments.A01.strike"])
        #expect(subjects(verdict(.coil, 1, 2)) == ["valves.gas.close"])
        #expect(subjects(verdict(.coil, 0, 8)).count == 4)
        #expect(verdict(.coil, 1) == .free)
        #expect(verdict(.coil, 5, 3) == .free)
    }

    @Test func whatNobodyKnowsOfSuchABoardIsNotFree() {
        // All relays at once, a mask in a register, the address of the board.
        for (table, address) in [
            (RegisterTable.coil, 0xFF as UInt16), (.holding, 0), (.holding, 0x4000),
        ] {
            guard case .unknown(let near) = verdict(table, address) else {
                Issue.record("\(table) \(address) is not known to be harmless")
                continue
            }
            #expect(near.count == 4)
        }
        // A range that begins with what is known and goes beyond.
        guard case .unknown = verdict(.coil, 6, 4) else {
            Issue.record("beyond relay.8 nobody knows")
            return
        }
    }

    @Test func theBroadcastGoesToAllAndAnotherUnitOfALineToItself() {
        #expect(subjects(verdict(.coil, 0, unit: 0)) == ["lockers.east.compartments.A01.strike"])
        #expect(verdict(.coil, 0, unit: 2) == .free)
        #expect(verdict(.coil, 0, unit: 9) == .free)
    }

    @Test func overTCPADeviceMayAnswerAnyUnit() {
        #expect(subjects(verdict(.coil, 1, unit: 1, bus: "lan")) == ["doors.gate.strike"])
        #expect(subjects(verdict(.coil, 1, unit: 0, bus: "lan")) == ["doors.gate.strike"])
        #expect(subjects(verdict(.coil, 1, unit: 255, bus: "lan")) == ["doors.gate.strike"])
        #expect(verdict(.holding, 0, unit: 7, bus: "lan") == .free)
    }
}
