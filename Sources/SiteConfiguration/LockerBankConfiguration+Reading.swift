import Documents
import FoundationEssentials
import GPIO
import Metering

extension LockerBankConfiguration {
    /// The most banks of a document, and the most compartments of one.
    package static let limit = 64
    package static let compartmentLimit = 256

    /// Reads one bank of the section `lockers:`.
    init?(
        _ entry: DocumentEntry, lines: LineCatalog, board: BoardDocument?, folder: String,
        ports: PortClaims
    ) {
        let name = entry.checkedName()
        guard
            let fields = entry.value.fields([
                "supply", "pulse", "openWithin", "closeWithin", "codes", "tokens", "reader",
                "compartments",
            ])
        else { return nil }
        let compartments = fields.required("compartments").flatMap {
            Self.compartments($0, lines: lines)
        }
        let supply = fields.optional("supply").map(Self.supply) ?? (1, 16)
        let pulse =
            fields.optional("pulse").map { $0.duration(in: .milliseconds(50)...Self.longestPulse) }
            ?? .milliseconds(500)
        let openWithin =
            fields.optional("openWithin").map { $0.duration(in: .seconds(1)...(.seconds(120))) }
            ?? .seconds(8)
        let closeWithin =
            fields.optional("closeWithin").map { $0.duration(in: .seconds(5)...(.seconds(3_600))) }
            ?? .seconds(180)
        let codes = fields.optional("codes").map(PickupCodePolicy.init) ?? PickupCodePolicy()
        let key = fields.optional("tokens").map { $0.publicKey(folder: folder) }
        let reader = fields.optional("reader").map {
            CodeReaderConfiguration($0, board: board, ports: ports)
        }
        guard let name, let compartments, let supply, let pulse, let openWithin, let closeWithin,
            let codes, key != .some(nil), reader != .some(nil)
        else { return nil }
        self.init(
            name: name, compartments: compartments, strikesAtOnce: supply.atOnce,
            waitingLimit: supply.waiting, pulse: pulse, openWithin: openWithin,
            closeWithin: closeWithin, codes: codes, tokenKey: key ?? nil, reader: reader ?? nil)
    }

    private static func supply(_ node: DocumentNode) -> (atOnce: Int, waiting: Int)? {
        guard let fields = node.fields(["strikesAtOnce", "waiting"]) else { return nil }
        let atOnce = fields.required("strikesAtOnce")?.integer(in: 1...64)
        let waiting = fields.optional("waiting").map { $0.integer(in: 1...256) } ?? 16
        guard let atOnce, let waiting else { return nil }
        return (atOnce, waiting)
    }

    private static func compartments(
        _ node: DocumentNode, lines: LineCatalog
    ) -> [CompartmentConfiguration]? {
        guard let entries = node.entries() else { return nil }
        guard !entries.isEmpty else {
            node.fail("a bank needs at least one compartment")
            return nil
        }
        guard entries.count <= compartmentLimit else {
            node.fail("holds \(entries.count); at most \(compartmentLimit) are supported")
            return nil
        }
        let read = entries.map { CompartmentConfiguration($0, lines: lines) }
        return read.contains(nil) ? nil : read.compactMap { $0 }
    }
}

extension CompartmentConfiguration {
    init?(_ entry: DocumentEntry, lines: LineCatalog) {
        if !entry.name.isFieldName(separators: "-_.", allowingUppercase: true) {
            entry.key.fail("a compartment's name is a word such as A01")
        }
        guard let fields = entry.value.fields(["strike", "contact", "contactMeans", "size"]) else {
            return nil
        }
        let strike = fields.required("strike").flatMap(lines.output)
        let contact = fields.required("contact").flatMap(lines.input)
        let meansClosed =
            fields.optional("contactMeans").map {
                $0.choice(among: [("closed", true), ("open", false)])
            } ?? true
        let size = fields.required("size")?.choice(of: ParcelSize.self)
        guard let strike, let contact, let meansClosed, let size,
            entry.name.isFieldName(separators: "-_.", allowingUppercase: true)
        else { return nil }
        self.init(
            name: entry.name, strike: strike, contact: contact, contactMeansClosed: meansClosed,
            size: size)
    }
}

extension PickupCodePolicy {
    init?(_ node: DocumentNode) {
        guard let fields = node.fields(["digits", "valid", "misses", "lockout"]) else { return nil }
        let standard = PickupCodePolicy()
        let digits = fields.optional("digits").map { $0.integer(in: 4...10) } ?? standard.digits
        let valid =
            fields.optional("valid").map { $0.duration(in: .seconds(60)...(.seconds(2_592_000))) }
            ?? standard.valid
        let misses = fields.optional("misses").map { $0.integer(in: 1...20) } ?? standard.misses
        let lockout =
            fields.optional("lockout").map { $0.duration(in: .seconds(10)...(.seconds(86_400))) }
            ?? standard.lockout
        guard let digits, let valid, let misses, let lockout else { return nil }
        self.init(digits: digits, valid: valid, misses: misses, lockout: lockout)
    }
}

extension CodeReaderConfiguration {
    init?(_ node: DocumentNode, board: BoardDocument?, ports: PortClaims) {
        guard let fields = node.fields(["serial", "baudRate"]) else { return nil }
        let path = fields.required("serial").flatMap { node -> String? in
            guard let text = node.text(),
                let path = board?.serial[text]?.path ?? node.devicePath()
            else { return nil }
            return ports.claim(port: path, as: node) ? path : nil
        }
        let rates = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200]
        let rate =
            fields.optional("baudRate").map { node -> Int? in
                guard let rate = node.integer(in: 1_200...115_200) else { return nil }
                if rates.contains(rate) { return rate }
                node.fail("must be one of \(rates.map(String.init).joined(separator: ", "))")
                return nil
            } ?? 9_600
        guard let path, let rate else { return nil }
        self.init(path: path, baudRate: rate)
    }
}

extension DocumentNode {
    /// The Ed25519 public key of a PEM file. Source: RFC 8410, section 4: the 32 bytes of the key
    /// follow twelve that say what they are.
    fileprivate func publicKey(folder: String) -> [UInt8]? {
        guard let text = text() else { return nil }
        let path = text.hasPrefix("/") ? text : folder + "/" + text
        let bytes: [UInt8]
        do throws(DocumentFileError) {
            bytes = try DocumentFile.bytes(path: path, maximumBytes: 65_536)
        } catch {
            fail("\(path) \(error)")
            return nil
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        let body = lines.drop { $0 != "-----BEGIN PUBLIC KEY-----" }.dropFirst()
            .prefix { $0 != "-----END PUBLIC KEY-----" }.joined()
        let prefix: [UInt8] = [
            0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
        ]
        guard let key = Data(base64Encoded: body), key.count == 44, key.starts(with: prefix) else {
            fail("\(path) holds no Ed25519 public key in PEM")
            return nil
        }
        return [UInt8](key.suffix(32))
    }
}
