import Execution
import Persistence
import Telemetry
import Testing

struct OutboxCursorTests {
    @Test func movesForwardOnlyAndNeverPastTheHead() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.addDestination("city")
            for _ in 0..<5 { _ = try await outbox.append(.bytes(20)) }
            let epoch = try await outbox.epoch()
            for (target, expected) in [(3, 3), (2, 3), (99, 5), (-1, 5)] as [(Int64, Int64)] {
                try await outbox.advance("city", in: .reading, through: target, epoch: epoch)
                #expect(try await outbox.cursor(of: "city", in: .reading) == expected)
            }
            #expect(try await outbox.cursor(of: "city", in: .alarm) == 0)
            try await outbox.close()
        }
    }

    @Test func ignoresNumbersOfAnotherDatabase() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.addDestination("city")
            _ = try await outbox.append(.bytes(20))
            try await outbox.advance("city", in: .reading, through: 1, epoch: "0000000000000000")
            #expect(try await outbox.cursor(of: "city", in: .reading) == 0)
            try await outbox.close()
        }
    }

    @Test(arguments: ["append", "flush", "close", "nothing"])
    func isWrittenDownWithTheNextBatchOrWhenAsked(by means: String) async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.addDestination("city")
            try await outbox.addDestination("heat")
            for _ in 0..<3 { _ = try await outbox.append(.bytes(20)) }
            try await outbox.advance("heat", in: .reading, through: 2, epoch: outbox.epoch())
            switch means {
            case "append": _ = try await outbox.append(.bytes(20, .event))
            case "flush": try await outbox.flush()
            case "close": try await outbox.close()
            default: break
            }
            // A copy is what a power cut would leave.
            try await withFolder { copy in
                for name in names(in: folder) {
                    try write(contents(of: folder + "/" + name), to: copy + "/" + name)
                }
                let found = try await Outbox.forTest(in: copy)
                #expect(await found.destinationNames == ["city", "heat"])
                #expect(try await found.cursor(of: "city", in: .reading) == 0)
                let expected: Int64 = means == "nothing" ? 0 : 2
                #expect(try await found.cursor(of: "heat", in: .reading) == expected)
                try await found.close()
            }
            try await outbox.close()
        }
    }

    @Test func forgetsADestinationThatIsRemoved() async throws {
        try await withFolder { folder in
            let outbox = try await Outbox.forTest(in: folder)
            try await outbox.addDestination("city")
            try await outbox.addDestination("gas")
            try await outbox.addDestination("city")
            _ = try await outbox.append(.bytes(20))
            try await outbox.advance("gas", in: .reading, through: 1, epoch: outbox.epoch())
            try await outbox.removeDestination("gas")
            try await outbox.removeDestination("gas")
            #expect(await outbox.destinationNames == ["city"])
            await #expect(throws: OutboxError.unknownDestination("gas")) {
                try await outbox.cursor(of: "gas", in: .reading)
            }
            try await outbox.addDestination("gas")
            #expect(try await outbox.cursor(of: "gas", in: .reading) == 0)
            try await outbox.close()

            let again = try await Outbox.forTest(in: folder)
            #expect(await again.destinationNames == ["city", "gas"])
            #expect(await again.takeReports() == [])
            try await again.close()
        }
    }

    @Test func aDestinationThatIsAddedAtTheEndGetsWhatComes() async throws {
        try await withFolder { folder in
            var outbox = try await Outbox.forTest(in: folder, epoch: 1)
            for _ in 0..<3 { _ = try await outbox.append(.bytes(20)) }
            try await outbox.close()
            // Nothing has been stored in this epoch yet.
            outbox = try await Outbox.forTest(in: folder, epoch: 2)
            try await outbox.addDestination("city", isAtEnd: true)
            try await outbox.addDestination("city")
            try await outbox.close()
            outbox = try await Outbox.forTest(in: folder, epoch: 3)
            #expect(try await outbox.cursor(of: "city", in: .reading) == 3)
            #expect(try await outbox.cursor(of: "city", in: .alarm) == 0)
            try await outbox.close()
        }
    }
}
