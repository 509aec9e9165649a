import Execution
import Modbus
import ModbusTransport
import Testing

@Suite struct BusQueueTests {
    @Test func servesTheMostUrgentFirstAndTheEarliestWithinAPriority() {
        var queue = BusQueue()
        let poll = queue.enter(.scheduledPoll)
        let probe = queue.enter(.probe)
        let first = queue.enter(.command)
        let second = queue.enter(.command)
        let read = queue.enter(.onDemandRead)
        var order: [BusQueue.Ticket] = []
        while let ticket = queue.first {
            order.append(ticket)
            queue.leave(ticket)
        }
        #expect(order == [first, second, read, poll, probe])
    }

    @Test func refusesMoreThanItsCapacity() {
        var queue = BusQueue()
        var tickets: [BusQueue.Ticket] = []
        while let ticket = queue.enter(.command) { tickets.append(ticket) }
        #expect(tickets.count == BusQueue.capacity)
        queue.leave(tickets[0])
        let again = queue.enter(.command)
        #expect(again != nil)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func neverLosesOrRepeatsATicket(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var queue = BusQueue()
        var expected: [BusQueue.Ticket] = []
        for _ in 0..<300 {
            if Bool.random(using: &random),
                let priority = BusPriority.allCases.randomElement(using: &random),
                let ticket = queue.enter(priority)
            {
                expected.append(ticket)
                expected.sort { ($0.priority, $0.number) < ($1.priority, $1.number) }
            } else if let leaving = expected.randomElement(using: &random) {
                queue.leave(leaving)
                expected.removeAll { $0 == leaving }
            }
            #expect(queue.first == expected.first)
            #expect(queue.count == expected.count)
        }
    }
}
