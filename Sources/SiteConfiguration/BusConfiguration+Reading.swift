import DeviceProfiles
import Documents
import Modbus

extension BusConfiguration {
    private static let links = ["serial", "tcp", "rtuOverTCP"]
    private static let lineKeys = ["baudRate", "parity", "stopBits", "rs485"]

    /// - Parameter board: What the names of serial ports stand for.
    init?(_ entry: DocumentEntry, board: BoardDocument?) {
        let name = entry.checkedName()
        guard
            let fields = entry.value.fields(
                Self.links + Self.lineKeys + TimingOverrides.keys + ["connection"],
                unsupported: [
                    "mbus": "M-Bus is not supported by this version; only Modbus",
                    "protocol": "is not supported by this version; all buses speak Modbus",
                ])
        else { return nil }
        let timing = TimingOverrides(fields)
        let given = Self.links.filter(fields.contains)
        guard given.count == 1 else {
            let found = given.isEmpty ? "none" : given.joined(separator: " and ")
            entry.key.fail("a bus needs one of serial, tcp and rtuOverTCP, found \(found)")
            return nil
        }
        let connection = fields.optional("connection").map(ConnectionOverrides.init)
        if given[0] == "serial" {
            fields.entry("connection")?.key.fail("belongs to a tcp or rtuOverTCP bus only")
        } else {
            for key in Self.lineKeys {
                fields.entry(key)?.key.fail("belongs to a serial bus only")
            }
        }
        guard let link = BusLink(fields, board: board), let name, let timing,
            connection != .some(nil)
        else { return nil }
        let stated: ConnectionOverrides? = connection ?? nil
        self.init(name: name, link: link, timing: timing, connection: stated ?? .none)
    }
}

extension BusLink {
    /// Reads the link, of which exactly one kind is given.
    init?(_ fields: DocumentFields, board: BoardDocument?) {
        if fields.contains("serial") {
            guard let serial = Self.serial(fields, board: board) else { return nil }
            self = serial
        } else if fields.contains("tcp") {
            // Source of the port: Modbus Messaging on TCP/IP V1.0b, section 3.1.3.
            guard let endpoint = fields.required("tcp")?.endpoint(defaultPort: 502) else {
                return nil
            }
            self = .tcp(host: endpoint.host, port: endpoint.port)
        } else {
            guard let endpoint = fields.required("rtuOverTCP")?.endpoint(defaultPort: nil) else {
                return nil
            }
            self = .rtuOverTCP(host: endpoint.host, port: endpoint.port)
        }
    }

    private static func serial(_ fields: DocumentFields, board: BoardDocument?) -> BusLink? {
        let port = fields.required("serial")?.serialPort(board: board)
        let baudRate = fields.required("baudRate")?.baudRate()
        let parity: SerialSettings.Parity? = fields.required("parity")?
            .choice()
        let stopBits = fields.optional("stopBits").map { $0.integer(in: 1...2) } ?? 1
        let direction = fields.optional("rs485").map { $0.choice(of: DirectionControl.self) }
        guard let port, let baudRate, let parity, let stopBits, direction != .some(nil),
            let settings = SerialSettings(baudRate: baudRate, parity: parity, stopBits: stopBits)
        else {
            return nil
        }
        let control = direction.flatMap { $0 } ?? port.rs485
        return .serial(path: port.path, settings, rs485: control == .kernel)
    }
}

extension TimingOverrides {
    static let keys = ["responseTimeout", "requestGap", "lateAnswerLimit"]

    init?(_ fields: DocumentFields) {
        let timeout = fields.optional("responseTimeout")
        let gap = fields.optional("requestGap")
        let late = fields.optional("lateAnswerLimit")
        let timeoutValue = timeout?.duration(in: .milliseconds(10)...(.seconds(60)))
        let gapValue = gap?.duration(in: .zero ... .seconds(10))
        let lateValue = late?.duration(in: .milliseconds(10)...(.seconds(120)))
        guard (timeout == nil) == (timeoutValue == nil), (gap == nil) == (gapValue == nil),
            (late == nil) == (lateValue == nil)
        else { return nil }
        if let late, let lateValue, let timeoutValue, lateValue < timeoutValue {
            late.fail("must not be shorter than responseTimeout")
            return nil
        }
        self.init(
            responseTimeout: timeoutValue, requestGap: gapValue, lateAnswerLimit: lateValue)
    }
}

extension DocumentNode {
    fileprivate func baudRate() -> Int? {
        guard let rate = integer(in: 1...10_000_000) else { return nil }
        if SerialSettings.baudRates.contains(rate) { return rate }
        let known = SerialSettings.baudRates.map(String.init).joined(separator: ", ")
        fail("no serial port runs at \(rate); known are \(known)")
        return nil
    }

    fileprivate func endpoint(defaultPort: UInt16?) -> Endpoint? {
        guard case .scalar = content, let text = text() else {
            if case .list = content {
                fail("write the address in quotes, as in \"[fd00::1]:502\"")
            } else if case .scalar = content {  // Already reported by `text()`.
            } else {
                fail("must be a text such as \"192.168.10.20:502\"")
            }
            return nil
        }
        do throws(EndpointError) {
            return try Endpoint(text, defaultPort: defaultPort)
        } catch {
            fail(error.description)
            return nil
        }
    }

    /// A port of the board by name, or the path of a device file.
    fileprivate func serialPort(board: BoardDocument?) -> BoardDocument.SerialPort? {
        guard let text = text() else { return nil }
        if text.hasPrefix("/") {
            guard let path = devicePath() else { return nil }
            return BoardDocument.SerialPort(path: path, rs485: .automatic)
        }
        guard let board else {
            fail("no board is given, so \"\(text.prefix(64))\" is unknown; write a path")
            return nil
        }
        if let port = board.serial[text] { return port }
        fail("the board has no port of this name" + suggestion(for: text, among: board.serial.keys))
        return nil
    }
}
