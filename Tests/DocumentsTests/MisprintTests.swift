import Testing

@testable import Documents

/// What keyboards, office programs and haste leave behind is named for what it is.
@Suite struct MisprintTests {
    /// Reads a site of a few keys.
    private func faults(_ text: String) -> [String] {
        do throws(DocumentFaults) {
            _ = try DocumentReader.read(text: text, file: "f") { root -> Bool? in
                guard let fields = root.fields(["site", "unit", "every", "list", "on"]) else {
                    return nil
                }
                let site = fields.optional("site")?.fields(["id", "name"])
                _ = site?.required("id")?.text()
                _ = site?.required("name")?.text()
                _ = fields.optional("unit")?.integer(in: 1...247)
                _ = fields.optional("every")?.duration(in: .zero ... .seconds(86_400))
                _ = fields.optional("list")?.list()?.map { $0.text() }
                _ = fields.optional("on")?.boolean()
                return true
            }
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test(arguments: [
        (
            "site：\n  id: a\n  name: A",
            "f:1:5: the colon after \"site\" is a full-width one (：); write \": \""
        ),
        (
            "site: {id: a，name: A}",
            "f:1:13: a full-width comma (，) stands here; write \", \""
        ),
        (
            "site: {id：a, name: A}",
            "f:1:10: the colon after \"id\" is a full-width one (：); write \": \""
        ),
        (
            "site:\n　　id: a\n　　name: A",
            "f:2:1: a full-width space (U+3000) stands here; write plain spaces"
        ),
        (
            "site:\n\u{A0} id: a\n  name: A",
            "f:2:1: a no-break space (U+00A0) stands here; write plain spaces"
        ),
        (
            "site:\u{A0}{id: a, name: A}",
            "f:1:6: a no-break space (U+00A0) stands here; write plain spaces"
        ),
        (
            "site:\n  id:a\n  name: A",
            "f:2:5: a space is missing after the colon; write \"id: \""
        ),
        (
            "site: {id:a, name: A}",
            "f:1:10: a space is missing after the colon; write \"id: \""
        ),
        ("unit:5", "f:1:5: a space is missing after the colon; write \"unit: \""),
        ("unit = 5", "f:1:6: a key ends with a colon, not with \"=\""),
        ("unit: 5 ＃ five", "f:1:9: a full-width # (＃) stands here; a comment begins with #"),
        ("＃ a site\nunit: 5", "f:1:1: a full-width # (＃) stands here; a comment begins with #"),
        ("list:\n  － a\n  － b", "f:2:3: － is no hyphen; write - "),
        ("list:\n  -a\n  - b", "f:2:3: a space is missing after the dash of a list"),
        (
            "unit: “5”",
            "f:1:7: a quotation mark (“) that YAML does not know stands here; write \" or '"
        ),
        (
            "site: ｛id: a, name: A｝",
            "f:1:7: a full-width bracket (｛) stands here; write { } or [ ]"
        ),
        (
            "site:\n  id: a\n    name: A",
            "f:3:5: is indented deeper than line 2, which has its value already; begin both in "
                + "the same column"
        ),
        (
            "site:\n    id: a\n  name: A",
            "f:3:3: is indented by 2 spaces, where lines begin after 0, 4; lines of one mapping "
                + "begin in the same column"
        ),
        ("site: {id: a, name: A} here", "f:1:24: there is text behind the closing }"),
        ("site:\n  id: a\n  name: A: B", "f:3:9: a value with a colon and a space in it needs"),
        ("site:\n  id: @a\n  name: A", "f:2:7: a value that begins with @ needs quotes"),
        ("site:\n\tid: a", "tabs cannot indent; use spaces"),
        (
            "site: {id: \"a, name: A}\nunit: 5",
            "f:1:12: the quote (\") that begins here is not closed"
        ),
        (
            "site:\n  id: 'a\n  name: 'A'\nunit: 5",
            "f:2:7: the quote (') that begins here is not closed"
        ),
        ("site: {id: a, name: A\nunit: 5", "f:1:7: the { that begins here is not closed"),
        ("list: [a, b\nunit: 5", "f:1:7: the [ that begins here is not closed"),
        (
            "site: {id: a\n  name: A}",
            "f:2:7: a comma is missing before this, or the } that ends the { of line 1"
        ),
        ("site:\n  id: a\n  name A\nunit: 5", "a colon is missing: a line is written as"),
        ("list: - a\n  - b", "a list begins on a line of its own, or is written [a, b]"),
        ("site: {id: a, name: A}}", "f:1:23: there is one } too many, or none that opens it"),
        (
            "list:\n  - a\n  b: c",
            "f:3:3: does not fit the list begun on line 2: either every line there begins with"
        ),
        ("site:\n  id: a\n name: A", "f:3:2: is indented by 1 space, where lines begin"),
        ("unit: 5\n<<: {every: 1m}", "merge keys are not allowed; write out what <<"),
        ("site: {id: \"C:\\dir\", name: A}", "a backslash in \" \" has a meaning of its own"),
        ("site: {id: [fd00::1]:502, name: A}", "with brackets needs quotes"),
    ])
    func whatLooksLikeAnotherIsNamed(text: String, fault: String) {
        let found = faults(text)
        #expect(found.first?.contains(fault) == true, "\(found)")
        #expect(Set(found.map { $0.prefix(4) }).count == found.count, "one fault a line: \(found)")
    }

    @Test(arguments: [
        ("unit: 011", "expected a whole number, found \"011\"; leave out the leading zero: 11"),
        (
            "unit: １１",
            "expected a whole number, found \"１１\"; it is written in full-width characters, write 11"
        ),
        ("unit: 1,5", "expected a whole number, found \"1,5\"; decimals stand behind a point: 1.5"),
        ("unit: 50%", "expected a whole number, found \"50%\"; write the number alone: 50"),
        ("unit: 5 baud", "expected a whole number, found \"5 baud\"; write the number alone: 5"),
        ("site: {<<: {id: a, name: A}}", "f:1:8: site.<<: merge keys are not allowed"),
        ("site: {id: a, name: A, 5}", "f:1:24: site.5: the comma ends the value before it"),
        ("unit: 0C", "; hexadecimal begins with 0x: 0x0C"),
        ("unit: 1 000", "; write it without gaps: 1000"),
        ("every: 60", "; a unit is missing: 60s are seconds, 60m minutes"),
        ("every: 5 min", "found \"5 min\"; write 5m"), ("every: 10秒", "; write 10s"),
        ("every: 1小时", "; write 1h"), ("every: 1.5s", "; write 1500ms"),
        ("every: 30 seconds", "; write 30s"), ("every: １０ｓ", "; write 10s"),
        ("on: yes", "expected true or false, found \"yes\"; write true"),
        ("on: no", "expected true or false, found \"no\"; write false"),
        ("on: 关", "; write false"),
        ("site: [a]", "expected a mapping, found a list; write `name: {...}` without the dashes"),
        ("list: {a: 1}", "expected a list, found a mapping; begin each item with \"- \""),
    ])
    func whatWasMeantIsSaid(text: String, words: String) {
        let found = faults(text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains(words) == true, "\(found)")
    }

    @Test(arguments: [
        "\u{FEFF}unit: 5", "unit: 5\r\nevery: 1m\r\n", "site: {id: a, name: 历下花园：一期，二期}",
        "site: {id: a, name: “花园”}", "site:\n  id: a\n  name: 历下\u{3000}花园",
        "# ＃：，“\nunit: 5", "site: {id: a, name: \"a：b，c\"}", "list: [\"10.0.0.1:502\", a:b, x=y]",
    ])
    func whatIsFineIsLeftAlone(text: String) {
        #expect(faults(text) == [])
    }

    @Test func aMisspeltKeyIsNotMissingToo() {
        #expect(
            faults("site: {id: a, nmae: A}") == [
                "f:1:15: site.nmae: unknown key; did you mean \"name\"?"
            ])
    }

    /// The document is read as it was meant: what would follow from the mistake is not told, and
    /// what else is wrong is.
    @Test(arguments: [
        ("site：\n  id: a\n  name: A\nunit: 300", ["f:1:5", "f:4:7"]),
        ("site:\n　　id: a\n　　nmae: A\nevery: 7x", ["f:2:1", "f:3:1", "f:4:8"]),
        ("site:\n  id:a\n  name: A\nunit: 300", ["f:2:5", "f:4:7"]),
        ("site: {id: a，name: A}\non: 5", ["f:1:13", "f:2:5"]),
        ("unit＝5", ["f:1:1"]),
        ("list：［a, b］\nunit: 0", ["f:1:5", "f:2:7"]),
    ])
    func whatFollowsFromAMisprintIsNotTold(text: String, places: [String]) {
        let found = faults(text)
        #expect(found.count == places.count, "\(found)")
        #expect(zip(found, places).allSatisfy { $0.hasPrefix($1 + ":") }, "\(found)")
    }

    /// A full-width comma in a name is no misprint because something else on its line is wrong.
    @Test func aCharacterIsBlamedOnlyWhereItIsTheCause() {
        #expect(
            faults("list: [花园：一期，二期, {}]") == [
                "f:1:18: list[1]: expected a text, found a mapping"
            ])
    }

    @Test func aTextInCurlyQuotesIsDoubted() throws {
        let checked = try DocumentReader.check(text: "a: “5”", file: "f") { root in
            root.fields(["a"])?.required("a")?.text()
        }
        #expect(checked.value == "“5”")
        #expect(
            checked.warnings.map(\.description) == [
                "f:1:4: warning: a: “5” is taken with its curly quotes; write \" or leave them out"
            ])
    }

    @Test(arguments: ["unit: 0x", "unit: 1e", "unit: 1.2.3", "unit: 2026-11-27", "every: 7q"])
    func nothingIsAdvisedWhereNothingCanBeTold(text: String) {
        #expect(faults(text).count == 1)
        #expect(!faults(text)[0].contains("; write"), "\(faults(text))")
    }

    @Test func otherFaultsStayBesideAMisprint() {
        let found = faults("site: {id: a, name: A}\nunit: “5”\nevery: 7x")
        #expect(found.count == 2)
        #expect(found[0].hasPrefix("f:2:7: a quotation mark"))
        #expect(found[1].hasPrefix("f:3:8: every: expected a time"))
    }

    @Test(arguments: [
        ("no", ["on", "off"], ""), ("inactive", ["active"], "; known are active"),
        ("ON", ["on", "off"], "; did you mean \"on\"?"), ("evn", ["even", "odd"], "even"),
        ("gs", ["gas", "heat"], "; did you mean \"gas\"?"),
        ("energy.active.imprt", ["energy.active.export"], "; known are"),
        ("minimum", ["maximum"], "; known are"),
        ("relay.7", ["relay.1", "relay.2"], "; known are"),
        ("sdm12", ["sdm120"], "; did you mean \"sdm120\"?"),
        (
            "relay.7", (1...20).map { "relay.\($0 % 6 + 1)" } + (1...20).map { "x\($0)" },
            "; there are relay.1, relay.2, relay.3, relay.4, relay.5, relay.6"
        ),
        ("odd", ["even"], "; known are even"), ("close", ["open"], "; known are open"),
    ])
    func noWordIsOfferedForItsOpposite(word: String, known: [String], words: String) {
        let found = suggestion(for: word, among: known)
        #expect(words.isEmpty ? !found.contains("did you mean") : found.contains(words))
    }

    @Test func aWordForNoIsTakenForOff() {
        enum Choice: String, CaseIterable { case on, off }
        do throws(DocumentFaults) {
            _ = try DocumentReader.read(text: "a: no", file: "f") { root in
                root.fields(["a"])?.required("a")?.choice(of: Choice.self)
            }
            Issue.record("it was taken")
        } catch {
            #expect(error.faults.map(\.reason) == ["unknown word \"no\"; write off"])
        }
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x61, 0, 0x3A, 0], "UTF-16"), ([0xFE, 0xFF, 0, 0x61, 0, 0x3A], "UTF-16"),
            ([0x61, 0, 0x3A, 0, 0x20, 0, 0x35, 0], "UTF-16LE"),
            ([0, 0x61, 0, 0x3A, 0, 0x20, 0, 0x35], "UTF-16BE"),
            // 历下花园 in GBK.
            ([0x61, 0x3A, 0x20, 0xC0, 0xFA, 0xCF, 0xC2, 0xBB, 0xA8, 0xD4, 0xB0], "GB18030"),
            ([0x61, 0x3A, 0x20, 0xE9, 0x0A], "ISO-8859-1"),
        ] as [([UInt8], String)])
    func anotherEncodingIsNamedWithTheCommandThatConvertsIt(bytes: [UInt8], name: String) {
        #expect(TextEncoding.guess(bytes) == name)
        let reason = DocumentFileError.encoded(name).reason(for: "site.yaml")
        #expect(reason.contains("`iconv -f \(name) -t UTF-8 'site.yaml' > utf8.yaml`"))
    }
}
