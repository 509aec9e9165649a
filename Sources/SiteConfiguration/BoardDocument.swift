package import Documents

/// What the names on a board's case stand for, one document for each kind of board.
package struct BoardDocument: Hashable, Sendable {
    /// For people, for example `Raspberry Pi 4`.
    package let name: String
    /// The serial ports by their names, for example `RS485-1`.
    package let serial: [String: SerialPort]

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

    package init(name: String, serial: [String: SerialPort]) {
        self.name = name
        self.serial = serial
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
        guard let fields = root.fields(["name", "serial"]) else { return nil }
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
        self.init(name: name, serial: serial)
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
