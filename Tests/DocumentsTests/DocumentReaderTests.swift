import Documents
import Metering
import Testing

/// Reads a small document with one key of each type, and returns the faults' texts.
private func faults(in text: String) -> [String] {
    do throws(DocumentFaults) {
        _ = try DocumentReader.read(text: text, file: "t.yaml", read)
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

private enum Colour: String, CaseIterable { case red, green, blue }

private func read(_ root: DocumentNode) -> Bool? {
    let keys = ["text", "count", "flag", "factor", "every", "size", "colour", "list", "map"]
    guard let fields = root.fields(keys, unsupported: ["later": "is not supported yet"]) else {
        return nil
    }
    _ = fields.required("text")?.text()
    _ = fields.optional("count")?.integer(in: 1...247)
    _ = fields.optional("flag")?.boolean()
    _ = fields.optional("factor")?.decimal(in: ScaledInteger(-1)...ScaledInteger(1))
    _ = fields.optional("every")?.duration(in: .milliseconds(100)...(.seconds(86_400)))
    _ = fields.optional("size")?.byteCount(in: 1_024...(1 << 30))
    _ = fields.optional("colour")?.choice(of: Colour.self)
    for item in fields.optional("list")?.list() ?? [] { _ = item.integer(in: 0...9) }
    for entry in fields.optional("map")?.entries() ?? [] { _ = entry.value.text() }
    return true
}

@Suite struct DocumentReaderTests {
    @Test func readsEveryType() throws {
        let text = """
            text: 历下花园
            count: 0x0B
            flag: true
            factor: -0.05
            every: 15m
            size: 64MiB
            colour: blue
            list: [1, 2]
            map: {a: "101", b: on}
            """
        let value = try DocumentReader.read(text: text, file: "t.yaml") { root -> [String]? in
            let fields = root.fields(
                ["text", "count", "flag", "factor", "every", "size", "colour", "list", "map"])
            let map = fields?.required("map")?.entries() ?? []
            return [
                fields?.required("text")?.text() ?? "",
                fields?.required("count")?.integer(in: 0...20)?.description ?? "",
                fields?.required("flag")?.boolean()?.description ?? "",
                fields?.required("factor")?.decimal()?.description ?? "",
                fields?.required("every")?.duration(in: .zero ... .seconds(3_600))?.documentText
                    ?? "",
                fields?.required("size")?.byteCount(in: 0...(1 << 30))?.description ?? "",
                fields?.required("colour")?.choice(of: Colour.self)?.rawValue ?? "",
                fields?.required("list")?.list()?.count.description ?? "",
                map.map { "\($0.name)=\($0.value.text() ?? "")" }.joined(separator: " "),
            ]
        }
        #expect(
            value == [
                "历下花园", "11", "true", "-0.05", "15m", "67108864", "blue", "2", "a=101 b=on",
            ])
    }

    @Test(
        arguments: [
            // Structure.
            ("", ["t.yaml:1:1: the document is empty"]),
            ("# only a comment\n", ["t.yaml:1:1: the document is empty"]),
            ("~", ["t.yaml:1:1: the document is empty"]),
            (
                "- a",
                [
                    "t.yaml:1:1: expected a mapping, found a list; write `name: {...}` without the dashes"
                ]
            ),
            ("just text", [#"t.yaml:1:1: expected a mapping, found "just text""#]),
            ("{}", [#"t.yaml:1:1: "text" is missing"#]),
            ("text:", ["t.yaml:1:1: text: has no value"]),
            ("text: a\ncount:", ["t.yaml:2:1: count: has no value; leave the key out or give one"]),
            (
                "text: a\n---\ntext: b",
                ["t.yaml:2:1: one file holds one document; leave out the ---"]
            ),
            // Keys.
            ("text: a\nevry: 1s", [#"t.yaml:2:1: evry: unknown key; did you mean "every"?"#]),
            ("text: a\nEvery: 1s", [#"t.yaml:2:1: Every: unknown key; did you mean "every"?"#]),
            (
                "text: a\nzzzzzz: 1",
                [
                    "t.yaml:2:1: zzzzzz: unknown key; known are colour, count, every, factor, flag, list, map, size, text"
                ]
            ),
            ("text: a\nlater: {x: [1, 2]}", ["t.yaml:2:1: later: is not supported yet"]),
            ("text: a\n[x]: 1", ["t.yaml:2:1: expected a key, found a list"]),
            ("text: a\ntext: b", ["t.yaml:2:1: text: is given twice, first on line 1"]),
            (
                "text: a\n\"text\": b\n'text': c",
                [
                    "t.yaml:2:1: text: is given twice, first on line 1",
                    "t.yaml:3:1: text: is given twice, first on line 2",
                ]
            ),
            (
                "text: a\nmap: {x: 1, x: 2, y: 3}",
                ["t.yaml:2:13: map.x: is given twice, first on line 2"]
            ),
            // Scalars.
            ("text: [a]", ["t.yaml:1:7: text: expected a text, found a list"]),
            ("text: \"\"", ["t.yaml:1:7: text: must not be empty"]),
            ("text: a\ncount: 248", ["t.yaml:2:8: count: must lie in 1...247, found 248"]),
            ("text: a\ncount: 1.5", [#"t.yaml:2:8: count: expected a whole number, found "1.5""#]),
            (
                "text: a\ncount: 010",
                [
                    #"t.yaml:2:8: count: expected a whole number, found "010"; leave out the leading zero: 10"#
                ]
            ),
            ("text: a\ncount: 0x", [#"t.yaml:2:8: count: expected a whole number, found "0x""#]),
            (
                "text: a\ncount: \"7\"",
                [#"t.yaml:2:8: count: expected a whole number without quotes, found the text "7""#]
            ),
            (
                "text: a\ncount: 99999999999999999999",
                [#"t.yaml:2:8: count: expected a whole number, found "99999999999999999999""#]
            ),
            (
                "text: a\nflag: yes",
                [#"t.yaml:2:7: flag: expected true or false, found "yes"; write true"#]
            ),
            ("text: a\nfactor: 1.5", ["t.yaml:2:9: factor: must lie in -1...1, found 1.5"]),
            (
                "text: a\nfactor: 1,5",
                [
                    #"t.yaml:2:9: factor: expected a number, found "1,5"; decimals stand behind a point: 1.5"#
                ]
            ),
            ("text: a\nevery: 0s", ["t.yaml:2:8: every: must lie in 100ms...1d, found 0s"]),
            ("text: a\nevery: 2d", ["t.yaml:2:8: every: must lie in 100ms...1d, found 2d"]),
            (
                "text: a\nevery: 10",
                [
                    #"t.yaml:2:8: every: expected a time such as 250ms, 10s, 15m, 1h or 90d, found "10"; a unit is missing: 10s are seconds, 10m minutes"#
                ]
            ),
            (
                "text: a\nsize: 1KiBs",
                [#"t.yaml:2:7: size: expected a size such as 512KiB, 64MiB or 2GiB, found "1KiBs""#]
            ),
            ("text: a\nsize: 2GiB", ["t.yaml:2:7: size: must lie in 1KiB...1GiB, found 2GiB"]),
            (
                "text: a\ncolour: gren",
                [#"t.yaml:2:9: colour: unknown word "gren"; did you mean "green"?"#]
            ),
            (
                "text: a\ncolour: violet",
                [#"t.yaml:2:9: colour: unknown word "violet"; known are blue, green, red"#]
            ),
            (
                "text: a\ncolour: {}",
                ["t.yaml:2:9: colour: expected one of red, green, blue, found a mapping"]
            ),
            ("text: a\nlist: 7", [#"t.yaml:2:7: list: expected a list, found "7""#]),
            (
                "text: a\nlist: [1, 12, x]",
                [
                    "t.yaml:2:11: list[1]: must lie in 0...9, found 12",
                    #"t.yaml:2:15: list[2]: expected a whole number, found "x""#,
                ]
            ),
            // What YAML can do and this reader does not take.
            (
                "text: &a x\ncount: *a",
                ["t.yaml:2:8: aliases are not allowed; write out what *a stands for"]
            ),
            (
                "text: &a x",
                ["t.yaml:1:7: text: anchors are not allowed; write the value without &"]
            ),
            (
                "text: a\ncount: !!int \"3\"",
                ["t.yaml:2:8: count: tags are not allowed; write the value without !"]
            ),
            (
                "text: !secret x",
                ["t.yaml:1:7: text: tags are not allowed; write the value without !"]
            ),
            // Not YAML.
            ("text: a\n\tcount: 1", ["t.yaml:2:1: tabs cannot indent; use spaces"]),
            (
                "text: \"a",
                ["t.yaml:1:7: the quote (\") that begins here is not closed"]
            ),
            (
                "text: [a",
                ["t.yaml:1:7: the [ that begins here is not closed"]
            ),
            ("text: a\u{0}", ["t.yaml:1:8: control characters are not allowed"]),
            (
                "text: a\n@#$%",
                ["t.yaml:2:1: a value that begins with @ needs quotes"]
            ),
        ] as [(String, [String])])
    func reportsTheFault(_ text: String, _ expected: [String]) {
        #expect(faults(in: text) == expected)
    }

    @Test func collectsAllFaultsInTheOrderOfTheText() {
        let text = """
            every: 0s
            map: {x: 1, x: 2}
            count: no
            unknwon: 1
            colour: pink
            count: 300
            """
        #expect(
            faults(in: text) == [
                #"t.yaml:1:1: "text" is missing"#,
                "t.yaml:1:8: every: must lie in 100ms...1d, found 0s",
                "t.yaml:2:13: map.x: is given twice, first on line 2",
                "t.yaml:4:1: unknwon: unknown key; known are colour, count, every, factor, flag, "
                    + "list, map, size, text",
                #"t.yaml:5:9: colour: unknown word "pink"; known are blue, green, red"#,
                "t.yaml:6:1: count: is given twice, first on line 3",
                "t.yaml:6:8: count: must lie in 1...247, found 300",
            ])
    }

    @Test func refusesADocumentWhoseBodyReportedAFaultButReturnedAValue() {
        #expect(throws: DocumentFaults.self) {
            try DocumentReader.read(text: "a: 1", file: "t.yaml") { root in
                root.fail("is wrong")
                return 1
            }
        }
    }

    @Test func namesOneFaultOnce() {
        let fault = DocumentFault(file: "f", line: 2, column: 1, path: "a", reason: "r")
        let earlier = DocumentFault(file: "f", line: 1, column: 9, path: "b", reason: "r")
        #expect(DocumentFaults([fault, earlier, fault]).faults == [earlier, fault])
    }
}
