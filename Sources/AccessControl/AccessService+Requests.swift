import Execution
import GPIO
package import MaintenanceAPI
import SiteConfiguration
import Telemetry

/// What people may do with lockers and doors.
extension AccessService {
    package func release(_ request: DoorRequest) async throws(Problem) -> DoorReport {
        guard let door = doors[request.door]?.door else {
            let names = doors.all.map(\.configuration.door.name)
            throw .unknown(request.door, what: "door", among: names)
        }
        do throws(LineFault) {
            try await door.release(by: request.by)
        } catch {
            throw Problem(
                .lineFault, "the strike of \(request.door) does not follow: \(error.words)",
                hint:
                    "it is tried again for as long as a release lasts; until it follows, open the "
                    + "door with its key, and see `linli lines --faulty`")
        }
        return DoorReport(await door.status, now: edges.time.now())
    }

    package func carryOut(_ request: LockerRequest) async throws(Problem) -> LockerAnswer {
        if request.act == .clear, let answer = await clearStray(request) { return answer }
        try Problem.require(
            request.bank, what: "bank of lockers", among: lockers.map(\.name))
        guard let bank = banks[request.bank]?.bank else {
            throw Problem(
                .notReady, "the lockers are not running", hint: "`linli status` says why")
        }
        do throws(LockerRefusal) {
            return try await carryOut(request, in: bank)
        } catch {
            let bank = lockers.first { $0.name == request.bank }
            throw Problem(error, of: request, among: bank?.compartments.map(\.name) ?? [])
        }
    }

    /// Forgets a parcel whose compartment the document does not have any more.
    ///
    /// - Returns: `nil` where there is no such parcel.
    private func clearStray(_ request: LockerRequest) async -> LockerAnswer? {
        let place = "\(request.bank)/\(request.compartment ?? "")"
        guard await strayParcels().contains(place) else { return nil }
        await register?.commit(
            [.remove("parcel/\(place)")], AccessRegister.Deed(request.by, "cleared", place))
        await edges.record(
            Event(
                "parcel.cleared", of: place, at: edges.time.wall().timestamp,
                details: ["by": request.by]), .event)
        return LockerAnswer(bank: request.bank, compartment: request.compartment ?? "")
    }

    private func carryOut(
        _ request: LockerRequest, in bank: LockerBank
    ) async throws(LockerRefusal) -> LockerAnswer {
        let compartment = request.compartment ?? ""
        var answer = LockerAnswer(
            bank: request.bank, compartment: compartment, timeZone: site?.timeZone)
        switch request.act {
        case .release:
            try await bank.release(compartment, by: request.by)
            answer.holdsParcel = await bank.occupied.contains(compartment)
        case .takeBack: try await bank.takeBack(compartment, by: request.by)
        case .clear: try await bank.clear(compartment, by: request.by)
        case .deposit:
            guard let size = request.size.flatMap(ParcelSize.init) else { throw .noSize }
            let deposit = try await bank.deposit(size, by: request.by)
            answer.compartment = deposit.compartment
            answer.code = deposit.code
            answer.validUntil = deposit.validUntil?.milliseconds
            answer.validSeconds = deposit.valid.inSeconds
        case .pickup: answer.compartment = try await bank.pickup(request.code ?? "")
        }
        return answer
    }
}
