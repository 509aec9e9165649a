import ArgumentParser
import Execution
import LinuxSystem
import MaintenanceAPI
import Modbus
import ModbusTransport
import SiteConfiguration

/// Where a device is, for a read without linlid and without a site.
struct DirectOptions: ParsableArguments {
    @Option(help: "Read over this serial port, without linlid: /dev/ttyUSB0.")
    var serial: String?
    @Option(help: "The speed of the serial port.")
    var baudRate = 9_600
    @Option(help: "The parity of the serial port: none, even or odd.")
    var parity = "none"
    @Option(help: "The stop bits of the serial port: 1 or 2.")
    var stopBits = 1
    @Option(help: "Read over Modbus TCP, without linlid: 192.168.10.20 or 192.168.10.20:502.")
    var tcp: String?
    @Option(
        name: .customLong("rtu-over-tcp"),
        help: "Read from a serial server, without linlid: 192.168.10.40:4001.")
    var rtuOverTCP: String?
    @Option(help: "How long the device may take to answer, in milliseconds.")
    var timeout = 1_000

    /// How many ways there are given.
    var count: Int { [serial, tcp, rtuOverTCP].count { $0 != nil } }

    /// The link that is given; `nil` where none is.
    func link() throws(CommandFailure) -> ModbusTransport.BusLink? {
        if let serial {
            guard let parity = SerialSettings.Parity(rawValue: parity) else {
                throw .bad("there is no parity \"\(parity)\"", hint: "use none, even or odd")
            }
            guard
                let settings = SerialSettings(
                    baudRate: baudRate, parity: parity, stopBits: stopBits)
            else {
                let known = SerialSettings.baudRates.map(String.init).joined(separator: ", ")
                throw .bad(
                    "no serial port runs at \(baudRate) baud with \(stopBits) stop bits",
                    hint: "known speeds are \(known)")
            }
            return .serial(path: serial, settings, kernelDirection: false)
        }
        if let tcp {
            let endpoint = try endpoint(tcp, defaultPort: 502)
            return .tcp(host: endpoint.host, port: endpoint.port)
        }
        guard let rtuOverTCP else { return nil }
        let endpoint = try endpoint(rtuOverTCP, defaultPort: nil)
        return .rtuOverTCP(host: endpoint.host, port: endpoint.port)
    }

    private func endpoint(
        _ text: String, defaultPort: UInt16?
    ) throws(CommandFailure) -> Endpoint {
        do throws(EndpointError) {
            return try Endpoint(text, defaultPort: defaultPort)
        } catch {
            throw .bad("\(text): \(error.description)")
        }
    }
}

/// One exchange over a link of its own.
enum DirectRead {
    /// - Throws: ``CommandFailure`` where linlid has the link, or the device does not answer.
    static func perform(
        _ exchange: ModbusExchange, over link: ModbusTransport.BusLink, timeout: Duration,
        socketPath: String
    ) async throws -> ModbusAnswer {
        try await refuseWhereTaken(link, socketPath: socketPath)
        let executor = ThreadExecutor(name: "bus")
        let bus = ModbusBus(
            name: link.description, link: link, time: .system, executor: executor,
            seed: .random(in: 0...UInt64.max))
        let call = ModbusCall(
            exchange.request, to: exchange.unit, priority: .onDemandRead,
            timing: ExchangeTiming(responseTimeout: timeout, lateAnswerLimit: timeout))
        do throws(ModbusError) {
            let reply = try await bus.client.perform(call)
            await bus.close()
            return ModbusAnswer(reply, to: exchange)
        } catch {
            await bus.close()
            throw CommandFailure(Problem(error, in: exchange))
        }
    }

    /// Two that talk on one line understand nothing: where the daemon that answers has it, it is
    /// asked to do the reading.
    private static func refuseWhereTaken(
        _ link: ModbusTransport.BusLink, socketPath: String
    ) async throws {
        guard case .serial(let path, _, _) = link else { return }
        var owner: String?
        do {
            try await DaemonClient.with(socketPath: socketPath) { client in
                let answer: DaemonClient.Answer<[BusReport]> = try await client.get("buses")
                owner = answer.value.first { $0.link.hasPrefix(path + " ") }?.name
            }
        } catch is CommandFailure {
            // There is no daemon, or it does not answer: then the port's own lock tells.
        }
        if let owner {
            throw CommandFailure.bad(
                "\(path) is the bus \(owner) of the linlid that runs",
                hint: "read through it: `linli modbus read --bus \(owner)` and the rest as it is")
        }
    }
}
