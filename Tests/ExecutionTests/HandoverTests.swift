import Execution
import Testing

@Suite(.timeLimit(.minutes(15))) struct HandoverTests {
    @Test func itemsComeInTheirOrderWhetherOrNotSomebodyWaits() async {
        let handover = Handover<Int>(keeping: 100)
        for number in 0..<50 { handover.put(number) }
        async let rest = Task {
            for number in 50..<100 { handover.put(number) }
            handover.end()
        }.value
        var taken: [Int] = []
        while let number = await handover.next() { taken.append(number) }
        await rest
        #expect(taken == Array(0..<100))
    }

    @Test func beyondItsCapacityTheOldestGoesAndThatIsSaid() async {
        let handover = Handover<Int>(keeping: 2)
        #expect([1, 2, 3].map { handover.put($0) } == [false, false, true])
        handover.end()
        #expect(await handover.next() == 2)
        #expect(await handover.next() == 3)
        #expect(await handover.next() == nil)
    }
}
