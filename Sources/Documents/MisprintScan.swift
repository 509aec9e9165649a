/// Looks for characters that stand where YAML wants others which look alike, and for words that
/// were run together: what a Chinese keyboard, an office program or haste leave behind.
///
/// A text is only asked once something in it is wrong: most of these are fine within a sentence.
struct MisprintScan {
    private(set) var found: [Misprint] = []
    private var brackets: [Unicode.Scalar] = []
    private var line = 0
    private var scalars: [Unicode.Scalar] = []
    private var index = 0
    private var token = ""
    private var quote: Unicode.Scalar?
    /// Whether a key may begin here, and whether nothing but blanks came so far.
    private var isKeyPlace = true
    private var isIndent = true

    static func misprints(in text: String) -> [Misprint] {
        var scan = MisprintScan()
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            scan.line += 1
            scan.read(Array(line.unicodeScalars))
        }
        return scan.found
    }

    private var next: Unicode.Scalar? { index + 1 < scalars.count ? scalars[index + 1] : nil }
    private var isAfterBlank: Bool { index == 0 || [" ", "\t"].contains(scalars[index - 1]) }

    private mutating func read(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
        (token, quote, isKeyPlace, isIndent) = ("", nil, true, true)
        for (index, scalar) in scalars.enumerated() {
            self.index = index
            if quote != nil {
                if scalar == quote { quote = nil }
                continue
            }
            switch scalar {
            case " ", "\t":
                if !token.isEmpty { token += " " }
                continue
            case "#" where isAfterBlank: return
            case _ where scalar.isOddSpace:
                readOddSpace(scalar)
                continue
            case "＃" where isIndent:
                note(
                    .comment, "a full-width # (＃) stands here; a comment begins with #", "#",
                    isCertain: true)
                return
            default:
                if !readMark(scalar) && !readLookalike(scalar) { token += String(scalar) }
            }
            isIndent = false
        }
    }

    private mutating func note(
        _ kind: Misprint.Kind, _ reason: String, _ mend: String, isCertain: Bool
    ) {
        found.append(
            Misprint(
                kind: kind, line: line, column: index + 1, reason: reason, mend: mend,
                isCertain: isCertain))
    }

    // MARK: - What YAML knows

    /// - Returns: Whether it was a mark of YAML.
    private mutating func readMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "'":
            if token.isEmpty { quote = scalar }
            token += "\""
        case "{", "[":
            guard token.isEmpty else { return false }
            brackets.append(scalar)
            isKeyPlace = scalar == "{"
        case "}", "]":
            if !brackets.isEmpty { brackets.removeLast() }
            token = "\""  // Text may not follow.
            isKeyPlace = false
        case "," where !brackets.isEmpty:
            token = ""
            isKeyPlace = brackets.last == "{"
        case ":": readColon()
        case "=" where isKeyPlace && Self.isKey(token.withoutTrailingSpaces):
            note(.equals, "a key ends with a colon, not with \"=\"", ": ", isCertain: false)
            token += "="
        case "-" where token.isEmpty && isIndent && brackets.isEmpty:
            if next == " " { return true }
            if next != nil, next != "-" {
                note(
                    .missingSpace, "a space is missing after the dash of a list", "- ",
                    isCertain: false)
            }
            token += "-"
        default: return false
        }
        return true
    }

    private mutating func readColon() {
        if next.map({ $0 == " " || $0 == "\t" || $0.isOddSpace }) ?? true {
            token = ""
            isKeyPlace = false
            return
        }
        if isKeyPlace, Self.isKey(token), next != "/" {
            note(
                .missingSpace, "a space is missing after the colon; write \"\(token): \"", ": ",
                isCertain: false)
            isKeyPlace = false
        }
        token += ":"
    }

    // MARK: - What looks like it

    private mutating func readOddSpace(_ scalar: Unicode.Scalar) {
        // A full-width one is as wide as two.
        note(
            .space, "\(scalar.spaceName) stands here; write plain spaces",
            scalar.value == 0x3000 && isIndent ? "  " : " ", isCertain: isIndent || token.isEmpty)
    }

    /// - Returns: Whether it was like a mark of YAML.
    private mutating func readLookalike(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "：", "﹕", "︓", "ː": readWideColon(scalar)
        case "，", "、", "﹐": readWideComma(scalar)
        case "｛", "［", "【", "｝", "］", "】":
            note(
                .bracket, "a full-width bracket (\(scalar)) stands here; write { } or [ ]",
                "｛".unicodeScalars.contains(scalar)
                    ? "{" : scalar == "｝" ? "}" : "［【".unicodeScalars.contains(scalar) ? "[" : "]",
                isCertain: scalar == "｛" && token.isEmpty)
            token = ""
            isKeyPlace = scalar == "｛"
        case "“", "”", "„", "‘", "’", "＂", "＇", "「", "」", "『", "』":
            note(
                .quote,
                "a quotation mark (\(scalar)) that YAML does not know stands here; write \" or '",
                "\"", isCertain: false)
            token += String(scalar)
        case "＃":
            note(
                .comment, "a full-width # (＃) stands here; a comment begins with #", " #",
                isCertain: false)
            token += String(scalar)
        case "－", "–", "—", "−", "•", "·":
            note(
                .dash, "\(scalar) is no hyphen; write - ", next == " " ? "-" : "- ",
                isCertain: isIndent && next == " ")
            token += String(scalar)
        case "；", ";":
            note(
                .semicolon, "a semicolon (\(scalar)) stands here; YAML wants a comma", ", ",
                isCertain: false)
            token += String(scalar)
        default: return false
        }
        return true
    }

    private mutating func readWideColon(_ scalar: Unicode.Scalar) {
        let key = token.withoutTrailingSpaces
        if isKeyPlace, Self.isKey(key) {
            note(
                .colon, "the colon after \"\(key)\" is a full-width one (\(scalar)); write \": \"",
                ": ",
                isCertain: true)
            token = ""
            isKeyPlace = false
        } else {
            note(.colon, "a full-width colon (\(scalar)) stands here", ": ", isCertain: false)
            token += String(scalar)
        }
    }

    private mutating func readWideComma(_ scalar: Unicode.Scalar) {
        let isCertain = brackets.last == "{" && Self.beginsWithKey(scalars[(index + 1)...])
        note(
            .comma, "a full-width comma (\(scalar)) stands here; write \", \"", ", ",
            isCertain: isCertain)
        if isCertain {
            token = ""
            isKeyPlace = true
        } else {
            token += String(scalar)
        }
    }

    // MARK: - Keys

    private static func isKey(_ token: String) -> Bool {
        guard let first = token.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic
        else { return false }
        return token.unicodeScalars.allSatisfy(isOfKey)
    }

    private static func isOfKey(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || "0123456789_-.".unicodeScalars.contains(scalar))
    }

    /// Whether a key and its colon, of whatever width, come next.
    private static func beginsWithKey(_ rest: ArraySlice<Unicode.Scalar>) -> Bool {
        let text = rest.drop { $0 == " " || $0.isOddSpace }
        let key = text.prefix(while: isOfKey)
        guard !key.isEmpty, let colon = text.dropFirst(key.count).first else { return false }
        return [":", "：", "﹕"].contains(colon)
    }
}

extension Unicode.Scalar {
    fileprivate var isOddSpace: Bool {
        switch value {
        case 0xA0, 0x1680, 0x2000...0x200D, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF: true
        default: false
        }
    }

    fileprivate var spaceName: String {
        switch value {
        case 0x3000: "a full-width space (U+3000)"
        case 0xA0, 0x202F: "a no-break space (U+00A0)"
        case 0x200B...0x200D, 0x2060, 0xFEFF: "an invisible character"
        default: "a space of another kind"
        }
    }
}

extension String {
    fileprivate var withoutTrailingSpaces: String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
