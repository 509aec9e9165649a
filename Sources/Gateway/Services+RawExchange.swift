import AccessControl
import Charging
import DevicePolling
import Execution
import FieldLines
import Lighting
import Logging
import MaintenanceAPI
import Metering
import Modbus
import ModbusTransport
import Recording
import SiteConfiguration
import Telemetry

/// Raw requests to devices. Everything the gateway switches by itself has a command of its own, with
/// its limits: a raw write keeps clear of it.
extension Services {
    func carryOut(_ exchange: ModbusExchange) async throws(Problem) -> ModbusAnswer {
        guard let service = buses[exchange.bus] else {
            throw Problem(
                .unknownBus, "there is no bus \"\(exchange.bus)\"",
                hint: "the buses are "
                    + buses.all.map(\.configuration.bus.name).sorted().joined(separator: ", "))
        }
        let timing =
            service.configuration.devices.first { $0.unit == exchange.unit }?.timing
        let call = ModbusCall(
            exchange.request, to: exchange.unit, priority: .onDemandRead,
            timing: timing ?? ExchangeTiming())
        let touched = try await permit(exchange)
        do {
            let reply = try await service.bus.client.perform(call)
            await putRight(touched)
            return ModbusAnswer(reply, to: exchange)
        } catch {
            await putRight(touched)
            throw Problem(error, in: exchange)
        }
    }

    /// Makes sure that a raw write moves nothing that the site works by itself, unless that is forced;
    /// writes down who writes what before it goes out.
    ///
    /// - Returns: What it touches; nothing for a read.
    private func permit(_ exchange: ModbusExchange) async throws(Problem) -> [RegisterClaims.Claim]
    {
        guard let range = exchange.request.writtenRange else { return [] }
        let verdict = RegisterClaims(site.document).verdict(
            writing: range, to: exchange.unit, on: exchange.bus)
        var touched: [RegisterClaims.Claim] = []
        switch verdict {
        case .free: break
        case .claimed(let claims):
            touched = claims
            guard exchange.isForced else {
                throw Problem(
                    .refused, "\(range) of unit \(exchange.unit) is \(Self.listed(claims))",
                    hint:
                        "use `\(claims[0].command)`; --force writes all the same, is in the audit "
                        + "trail, and the gateway puts right at once what was moved")
            }
        case .unknown(let claims):
            touched = claims
            guard exchange.isForced else {
                throw Problem(
                    .refused,
                    "unit \(exchange.unit) on \(exchange.bus) has \(Self.listed(claims)), and nobody "
                        + "here knows that \(range) leaves them alone",
                    hint:
                        "where it is a point, add it to the profile; --force writes all the same, is in "
                        + "the audit trail, and the gateway puts right at once what may have moved")
            }
        }
        await noteWrite(exchange, range, touched)
        return touched
    }

    /// Has the owners of what was written put it right, whether the device has confirmed or not.
    private func putRight(_ touched: [RegisterClaims.Claim]) async {
        for claim in touched where claim.isLine {
            for line in site.document.lines
            where line.isOutput && line.reference.source.point == claim.identifier {
                field.tellRestored(line.reference.name)
            }
        }
        for device in Set(touched.filter { !$0.isLine }.map(\.device)) {
            for group in charging.all { group.forget(device) }
            for service in lighting.all { service.control.forget(device) }
        }
    }

    private func noteWrite(
        _ exchange: ModbusExchange, _ range: RegisterRange, _ touched: [RegisterClaims.Claim]
    ) async {
        let place = "\(exchange.bus)/\(exchange.unit)"
        let values = exchange.request.writtenValues
        var details = [
            "by": exchange.by, "unit": "\(exchange.unit)", "range": "\(range)", "values": values,
        ]
        if !touched.isEmpty { details["touches"] = Self.listed(touched) }
        // Written down, then written.
        await access.note(
            AccessRegister.Deed(
                exchange.by, touched.isEmpty ? "wrote" : "forced", place,
                details: "\(range) = \(values)"
                    + (touched.isEmpty ? "" : "; touches \(Self.listed(touched))")))
        await sealer.store(
            Event(
                "modbus.written", of: exchange.bus, at: time.wall().timestamp,
                severity: touched.isEmpty ? .info : .warning, details: details), in: .event)
        logger.notice(
            "Raw write", metadata: ["bus.name": "\(exchange.bus)", "by": "\(exchange.by)"])
    }

    private static func listed(_ claims: [RegisterClaims.Claim]) -> String {
        claims.map(\.subject).uniqued.listed
    }
}

extension ModbusRequest {
    /// What it writes to; `nil` where it only reads.
    fileprivate var writtenRange: RegisterRange? {
        switch self {
        case .writeCoil(let address, _): RegisterRange(.coil, at: address, count: 1)
        case .writeRegister(let address, _): RegisterRange(.holding, at: address, count: 1)
        case .writeCoils(let address, let bits):
            RegisterRange(.coil, at: address, count: UInt16(bits.count))
        case .writeRegisters(let address, let words):
            RegisterRange(.holding, at: address, count: UInt16(words.count))
        default: nil
        }
    }

    /// The first few values, for people.
    fileprivate var writtenValues: String {
        func listed(_ values: [String]) -> String {
            values.prefix(16).joined(separator: " ") + (values.count > 16 ? " …" : "")
        }
        return switch self {
        case .writeCoil(_, let bit): bit ? "1" : "0"
        case .writeRegister(_, let word): "\(word)"
        case .writeCoils(_, let bits): listed(bits.map { $0 ? "1" : "0" })
        case .writeRegisters(_, let words): listed(words.map { "\($0)" })
        default: ""
        }
    }
}
