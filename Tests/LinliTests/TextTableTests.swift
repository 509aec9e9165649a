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

    @Test func theLastColumnGoesOnBesideTheOthersWhereThereIsRoom() {
        var table = TextTable([.text("BUS"), .text("REMARK")])
        table.add(["riser-1", "no answer within 1000 ms; look at its power and wires"])
        let text = """
            BUS      REMARK
            riser-1  no answer within 1000
                     ms; look at its power
                     and wires

            """
        #expect(table.text(on: Page(width: 33)) == text)
    }

    @Test func nothingGoesBelowWhereThereIsNothing() {
        var table = TextTable([.text("BUS"), .text("STATE"), .text("REMARK")])
        table.add(["riser-1-with-a-long-name", "connected", ""])
        #expect(
            table.text(on: Page(width: 33)).hasSuffix("\nriser-1-with-a-long-name  connected\n"))
    }

    @Test func theLastColumnGoesBelowTheOthersWhereThereIsNone() {
        var table = TextTable([.text("BUS"), .number("LOAD"), .text("REMARK")])
        table.add(["riser-1", "42 %", "检查线路 no answer within 1000 ms"])
        let text = """
            BUS      LOAD  REMARK
            riser-1  42 %
                检查线路 no answer
                within 1000 ms

            """
        #expect(table.text(on: Page(width: 24)) == text)
    }

    @Test(arguments: [24, 33, 40, 80, 200])
    func nothingIsLeftOutWhateverTheWidth(width: Int) {
        let words = "no answer within 1000 ms on 机房机房机房机房; /dev/serial/by-path/platform-fd500000"
        var table = TextTable([.text("BUS"), .text("REMARK")])
        table.add(["riser-1", .init(words)])
        for isWrapped in [true, false] {
            let text = table.text(on: Page(width: width, isWrapped: isWrapped))
            let kept = text.filter { !$0.isWhitespace }
            #expect(kept == "BUSREMARKriser-1" + words.filter { !$0.isWhitespace })
            #expect(isWrapped || text.contains(words))
            let lines = text.split(separator: "\n").map { String($0) }
            #expect(!isWrapped || lines.allSatisfy { $0.columns <= width })
        }
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
