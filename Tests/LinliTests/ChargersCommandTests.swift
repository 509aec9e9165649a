import Execution
import MaintenanceAPI
import Testing

@testable import linli

@Suite struct ChargersCommandTests {
    @Test func showsGroupsAndChargers() {
        let report = ChargersReport(
            groups: [
                .init(
                    name: "garage", limit: 63, available: [40, 63, 63], reserved: [38, 22, 22],
                    feederLimit: 200, feeder: [160, 90, nil])
            ],
            chargers: [
                ChargerReport(
                    name: "charger-1", group: "garage", state: "charging", target: 16,
                    commanded: 16, reserved: 16, maximum: 16, drawn: "15.8", energy: "4210",
                    energyUnit: "Wh", isSessionEnergy: true, reason: "all it can draw"),
                ChargerReport(
                    name: "charger-2", group: "garage", state: "unknown", target: 6,
                    commanded: nil, reserved: 22, maximum: 32, reason: "stopped by linli:li",
                    stoppedUntil: 3_600_000, faults: ["does not answer", "22 A are kept for it"]),
            ])
        let page = Page(width: 140, now: Timestamp(milliseconds: 0))
        #expect(
            ChargersCommand.text(of: report, on: page) == """
                GROUP   LIMIT  AVAILABLE   KEPT        FEEDER             FAULTS
                garage   63 A  40/63/63 A  38/22/22 A  160/90/? of 200 A

                CHARGER    GROUP   STATE      DRAWN  TOLD  KEPT   ENERGY  WHY
                charger-1  garage  charging  15.8 A  16 A  16 A  4210 Wh  all it can draw
                charger-2  garage  unknown        -     -  22 A        -  stopped by linli:li, starts in 1 h; does not answer; 22 A are kept for it

                """)
    }

    @Test func saysWhereThereAreNone() {
        let report = ChargersReport(groups: [], chargers: [])
        #expect(ChargersCommand.text(of: report, on: Page()) == "no chargers share a limit\n")
    }
}
