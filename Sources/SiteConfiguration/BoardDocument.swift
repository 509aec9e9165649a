package import Documents
package import GPIO
import Metering

/// What the names on a board's case stand for, one document for each kind of board.
package struct BoardDocument: Hashable, Sendable {
    /// For people, for example `Raspberry Pi 4`.
    package let name: String
    /// The serial ports by their names, for example `RS485-1`.
    package let serial: [String: SerialPort]
    /// The GPIO lines by their names, for example `LOCK1`, and how each is wired.
    package let lines: [String: LineSettings]

    package struct SerialPort: Hashable, Sendable {
        /// The device file.
        package let path: String
        package let rs485: DirectionControl

        package init(path: String, rs485: DirectionControl) {
            self.path = path
            self.rs485 = rs485
        }
    }

    /// Reads a board's document.
    package static func load(_ file: String) throws(DocumentFaults) -> BoardDocument {
        try DocumentReader.read(file: file, BoardDocument.init)
    }

    package init(
        name: String, serial: [String: SerialPort], lines: [String: LineSettings] = [:]
    ) {
        self.name = name
        self.serial = serial
        self.lines = lines
    }
}

/// Who switches an RS-485 transceiver between sending and receiving.
package enum DirectionControl: String, CaseIterable, Hashable, Sendable {
    /// The kernel, by the port's RTS line (`TIOCSRS485`).
    case kernel
    /// The adapter by itself, or nobody needs to.
    case automatic
}

extension BoardDocument {
    init?(_ root: DocumentNode) {
        guard let fields = root.fields(["name", "serial", "lines"]) else { return nil }
        let name = fields.required("name")?.label()
        guard let entries = fields.required("serial")?.entries() else { return nil }
        var serial: [String: SerialPort] = [:]
        var paths: [String: String] = [:]
        for entry in entries {
            guard let port = SerialPort(entry.value) else { continue }
            if entry.name.isEmpty || entry.name.hasPrefix("/") || entry.name.hasControlCharacters {
                entry.key.fail("a port's name is a word such as RS485-1")
            }
            if let other = paths.updateValue(entry.name, forKey: port.path) {
                entry.value.fail("\"\(other)\" has the same path")
            }
            serial[entry.name] = port
        }
        guard let name else { return nil }
        self.init(
            name: name, serial: serial, lines: Self.lines(fields.optional("lines")?.entries() ?? [])
        )
    }

    private static func lines(_ entries: [DocumentEntry]) -> [String: LineSettings] {
        var lines: [String: LineSettings] = [:]
        var owners: [String: String] = [:]
        for entry in entries {
            if !entry.name.isFieldName(separators: "-_.", allowingUppercase: true) {
                entry.key.fail("a line's name is a word such as LOCK1")
            }
            guard let settings = LineSettings(entry.value) else { continue }
            let place = "\(settings.chip) \(settings.offset)"
            if let other = owners.updateValue(entry.name, forKey: place) {
                entry.value.fail("\"\(other)\" is the same line of \(settings.chip)")
            }
            lines[entry.name] = settings
        }
        return lines
    }
}

extension LineSettings {
    /// The longest debounce period that is of use.
    static let longestDebounce = Duration.seconds(5)

    init?(_ node: DocumentNode) {
        guard
            let fields = node.fields(["chip", "offset", "activeLow", "bias", "drive", "debounce"])
        else { return nil }
        let chip = fields.required("chip")?.label()
        let offset = fields.required("offset")?.integer(in: 0...1_023)
        let isActiveLow = fields.optional("activeLow").map { $0.boolean() } ?? false
        let bias = fields.optional("bias").map { $0.choice(of: LineBias.self) } ?? .asIs
        let drive = fields.optional("drive").map { $0.choice(of: LineDrive.self) } ?? .pushPull
        let debounce =
            fields.optional("debounce").map { $0.duration(in: .zero...Self.longestDebounce) }
            ?? .zero
        guard let chip, let offset, let isActiveLow, let bias, let drive, let debounce else {
            return nil
        }
        self.init(
            chip: chip, offset: offset, isActiveLow: isActiveLow, bias: bias, drive: drive,
            debouncePeriod: debounce)
    }
}

extension BoardDocument.SerialPort {
    init?(_ node: DocumentNode) {
        guard let fields = node.fields(["path", "rs485"]) else { return nil }
        let path = fields.required("path")?.devicePath()
        let rs485 = fields.required("rs485")?.choice(of: DirectionControl.self)
        guard let path, let rs485 else { return nil }
        self.init(path: path, rs485: rs485)
    }
}

extension DocumentNode {
    /// The path of a device file, which need not exist on the machine that checks the document.
    func devicePath() -> String? {
        guard let text = text() else { return nil }
        let parts = text.split(separator: "/")
        let isPath =
            text.hasPrefix("/") && !parts.isEmpty && !text.hasSuffix("/")
            && text.utf8.count <= 255 && !parts.contains("..") && !text.hasControlCharacters
        guard isPath else {
            fail("must be the full path of a device, such as /dev/ttyUSB0")
            return nil
        }
        return "/" + parts.filter { $0 != "." }.joined(separator: "/")
    }
}
