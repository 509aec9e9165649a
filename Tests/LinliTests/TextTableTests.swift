import Testing

@testable import linli

@Suite struct TextTableTests {
    private var table: TextTable {
        var table = TextTable([.text("BUS"), .number("LOAD"), .text("REMARK")])
        table.add(["riser-1", "42 %", "all is well"])
        table.add([.init("机房", .red), "7 %", .init("检查线路", .yellow)])
        return table
    }

    @Test func alignsChineseByColumns() {
        #expect(
            table.text(on: Page()) == """
                BUS      LOAD  REMARK
                riser-1  42 %  all is well
                机房      7 %  检查线路

                """)
    }

    @Test func cutsTheLastColumnToThePage() {
        let page = Page(width: 23)
        let lines = table.text(on: page).split(separator: "\n").map(String.init)
        #expect(lines[1] == "riser-1  42 %  all is …")
        #expect(lines[2] == "机房      7 %  检查线路")
        #expect(lines.allSatisfy { $0.columns <= 23 })
    }

    @Test func cutsWithoutUnicodeWhereThereIsNone() {
        let lines = table.text(on: Page(width: 23, isUnicode: false)).split(separator: "\n")
        #expect(lines[1] == "riser-1  42 %  all is ~")
    }

    @Test func coloursMoveNothing() {
        let plain = table.text(on: Page())
        let coloured = table.text(on: Page(isColoured: true))
        #expect(coloured.contains("\u{1B}[31m机房\u{1B}[0m"))
        #expect(coloured.replacing(/\x{1B}\[\d+m/, with: "") == plain)
    }

    @Test func aDeviceCannotSpeakToTheTerminal() {
        var table = TextTable([.text("VALUE")])
        table.add(["a\u{1B}[2Jb\nc\u{202E}d"])
        #expect(table.text(on: Page()) == "VALUE\na\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d\n")
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("历下花园", 8), ("e\u{301}", 1), ("ｶﾞ", 2), ("Ａ", 2), ("한국", 4),
        ("°C", 2), ("m³", 2), ("🔥", 2),
    ])
    func knowsHowWideTextIs(text: String, columns: Int) {
        #expect(text.columns == columns)
    }
}
