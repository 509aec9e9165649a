import Execution
import GPIO
import Glibc
import Testing

@testable import LinuxGPIO

/// The kernel's own GPIO, with chips of gpio-sim.
@Suite(.serialized, .enabled(if: SimulatedChip.isAvailable, "needs gpio-sim: deploy/vm/run"))
struct LineChipTests {
    private func claim(
        _ name: String, _ offset: Int, on chip: SimulatedChip, _ direction: LineDirection,
        isActiveLow: Bool = false, debounce: Duration = .zero
    ) -> LineClaim {
        LineClaim(
            LineName(name),
            LineSettings(
                chip: chip.label, offset: offset, isActiveLow: isActiveLow,
                debouncePeriod: debounce), direction)
    }

    @Test func outputsStartAtTheirInitialStateAndAreSwitched() async throws {
        try await SimulatedChip.with(lines: 4) { chip in
            let log = ChipLog()
            let lines = LineChip(
                chip.label,
                claims: [
                    claim("LOCK1", 0, on: chip, .output(initiallyActive: false)),
                    claim("LOCK2", 1, on: chip, .output(initiallyActive: false), isActiveLow: true),
                    claim("LIGHT", 2, on: chip, .output(initiallyActive: true)),
                ], onEvent: log.note)
            try await log.wait("three outputs claimed") { $0.count == 3 }
            #expect(try (0..<3).map(chip.level) == [false, true, true])

            try await lines.output(LineName("LOCK1")).set(true)
            try await lines.output(LineName("LOCK2")).set(true)
            try await lines.output(LineName("LIGHT")).set(false)
            #expect(try (0..<3).map(chip.level) == [true, false, false])
            await lines.close()
            // Nothing drives them now; gpio-sim lets them fall back.
            #expect(try !chip.level(0))
            await #expect(throws: LineFault.stopped) {
                try await lines.output(LineName("LOCK1")).set(true)
            }
        }
    }

    @Test func inputsTellTheirStateAndEachChangeWithTheKernelsTime() async throws {
        try await SimulatedChip.with(lines: 2) { chip in
            try chip.pull(1, up: true)
            let log = ChipLog()
            let lines = LineChip(
                chip.label,
                claims: [
                    claim("DOOR1", 0, on: chip, .input),
                    claim("DOOR2", 1, on: chip, .input, isActiveLow: true),
                ], onEvent: log.note)
            try await log.wait("both states") { $0.count == 2 }
            #expect(log.events.map(\.state) == [.inactive, .inactive])
            let before = Self.now
            try chip.pull(0, up: true)
            try await log.wait("DOOR1 active") { $0.last?.state == .active }
            try chip.pull(1, up: false)
            try await log.wait("DOOR2 active") { $0.count == 4 }
            let times = log.events.suffix(2).compactMap(\.time)
            #expect(times.count == 2 && times[0] < times[1])
            #expect(times[0] >= before && times[1] <= Self.now)
            await lines.close()
        }
    }

    @Test func aBouncingContactIsToldOnce() async throws {
        try await SimulatedChip.with(lines: 1) { chip in
            let log = ChipLog()
            // A period in which all the bounces have room, however slow the machine is.
            let pull = try ContinuousClock().measure { try chip.pull(0, up: false) }
            let period = max(.milliseconds(200), min(.seconds(5), pull * 100))
            let lines = LineChip(
                chip.label,
                claims: [claim("DOOR1", 0, on: chip, .input, debounce: period)],
                onEvent: log.note)
            try await log.wait("its state") { $0.count == 1 }
            for bounce in 0..<21 { try chip.pull(0, up: bounce.isMultiple(of: 2)) }
            try await log.wait("it is active") { $0.last?.state == .active }
            // Twice the period later nothing more has come.
            try await Task.sleep(for: period * 2.5)
            #expect(log.events.map(\.state) == [.inactive, .active])
            await lines.close()
        }
    }

    @Test func aLineInUseIsRefusedWithItsUserAndHadOnceItIsFree() async throws {
        try await SimulatedChip.with(lines: 1) { chip in
            let (first, second) = (ChipLog(), ChipLog())
            let claims = [claim("LOCK1", 0, on: chip, .output(initiallyActive: false))]
            let owner = LineChip(chip.label, claims: claims, onEvent: first.note)
            try await first.wait("claimed") { $0 == [.restored(LineName("LOCK1"))] }
            let other = LineChip(chip.label, claims: claims, onEvent: second.note)
            try await second.wait("refused") {
                $0 == [.failed(LineName("LOCK1"), .taken(by: "linli LOCK1"))]
            }
            await #expect(throws: LineFault.taken(by: "linli LOCK1")) {
                try await other.output(LineName("LOCK1")).set(true)
            }
            await owner.close()
            try await second.wait("claimed by the other") {
                $0.last == .restored(LineName("LOCK1"))
            }
            await other.close()
        }
    }

    @Test func aLineTheChipDoesNotHaveIsAFaultOfThatLineAlone() async throws {
        try await SimulatedChip.with(lines: 1) { chip in
            let log = ChipLog()
            let lines = LineChip(
                chip.label,
                claims: [
                    claim("GOOD", 0, on: chip, .output(initiallyActive: false)),
                    claim("BAD", 7, on: chip, .output(initiallyActive: false)),
                ], onEvent: log.note)
            try await log.wait("both") { $0.count == 2 }
            #expect(
                log.events.contains(
                    .failed(LineName("BAD"), .noSuchLine(chip: chip.label, offset: 7))))
            try await lines.output(LineName("GOOD")).set(true)
            #expect(try chip.level(0))
            await lines.close()
        }
    }

    @Test func aChipThatIsPulledOutIsAFaultAndIsTakenBack() async throws {
        try await SimulatedChip.with(lines: 2) { chip in
            let log = ChipLog()
            let lines = LineChip(
                chip.label,
                claims: [
                    claim("LOCK1", 0, on: chip, .output(initiallyActive: false)),
                    claim("DOOR1", 1, on: chip, .input),
                ], onEvent: log.note)
            try await log.wait("both") { $0.count == 2 }
            try await lines.output(LineName("LOCK1")).set(true)
            try chip.unplug()
            let gone = LineFault.chipMissing(chip.label)
            try await log.wait("both are gone") { events in
                events.contains(.failed(LineName("LOCK1"), gone))
                    && events.last { $0.state != nil }?.state == .unknown(gone)
            }
            await #expect(throws: gone) { try await lines.output(LineName("LOCK1")).set(true) }
            try chip.plugIn()
            try chip.pull(1, up: true)
            try await log.wait("both are back") { events in
                events.last { $0.state != nil }?.state == .active
                    && events.count { $0 == .restored(LineName("LOCK1")) } == 2
            }
            // Not as it was commanded before: a strike is inactive when its chip comes back.
            #expect(try !chip.level(0))
            try await lines.output(LineName("LOCK1")).set(true)
            #expect(try chip.level(0))
            await lines.close()
        }
    }

    @Test func aMissingChipIsToldAndTheCloseStillEnds() async throws {
        let log = ChipLog()
        let settings = LineSettings(chip: "no-such-chip", offset: 0)
        let lines = LineChip(
            "no-such-chip", claims: [LineClaim(LineName("DOOR1"), settings, .input)],
            onEvent: log.note)
        try await log.wait("missing") {
            $0.map(\.state) == [.unknown(.chipMissing("no-such-chip"))]
        }
        await lines.close()
    }

    /// From the kernel's time of an edge on one line to the moment another is switched for it.
    /// Printed, not judged: the processor may be emulated.
    @Test func printsTheWayFromAnEdgeToAnOutput() async throws {
        try await SimulatedChip.with(lines: 2) { chip in
            let (edges, input) = AsyncStream<LineChange>.makeStream()
            let lines = LineChip(
                chip.label,
                claims: [
                    claim("GAS", 0, on: chip, .input),
                    claim("VALVE", 1, on: chip, .output(initiallyActive: false)),
                ],
                onEvent: { event in
                    if case .changed(let change) = event { input.yield(change) }
                })
            let valve = lines.output(LineName("VALVE"))
            var times: [Duration] = []
            for await edge in edges {
                let isActive = edge.state == .active
                try await valve.set(isActive)
                times.append(edge.time.duration(to: Self.now))
                #expect(try chip.level(1) == isActive)
                guard times.count <= 200 else { break }
                try chip.pull(0, up: !isActive)
            }
            // The first was no edge.
            let sorted = times.dropFirst().sorted()
            print(
                "edge to output, 200 times: median \(sorted[100].nanoseconds / 1_000) µs,",
                "99 % within \(sorted[197].nanoseconds / 1_000) µs,",
                "at most \(sorted[199].nanoseconds / 1_000) µs")
            #expect(sorted.count == 200)
            await lines.close()
        }
    }

    private static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(
            nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

extension ChipEvent {
    var state: LineState? {
        if case .changed(let change) = self { change.state } else { nil }
    }

    var time: MonotonicTime? {
        if case .changed(let change) = self { change.time } else { nil }
    }
}
