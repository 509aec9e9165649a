import ArgumentParser
import MaintenanceAPI

/// `linli devices`: every device and whether it answers.
struct DevicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "Show the devices and whether they answer.",
        discussion: """
            With the name of a device: all that is known of it. TIMEOUT, EXC and BAD count what went \
            wrong since its bus was started: no answers, exceptions, damaged answers.
            """)

    @Argument(help: "Show this device in full.")
    var device: String?
    @Flag(help: "Only those that do not answer.")
    var silent = false
    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        try await daemon.ask { client in
            let answer: DaemonClient.Answer<[DeviceReport]> = try await client.get("devices")
            let page = Page.current()
            guard device != nil || silent else {
                return try daemon.print(answer) { Self.text(of: $0, on: page) }
            }
            let chosen = try choose(from: answer.value)
            let json = String(decoding: try MaintenanceJSON.encode(chosen), as: UTF8.self)
            try daemon.print(DaemonClient.Answer(value: chosen, json: json)) { devices in
                device == nil
                    ? Self.reasons(of: devices, on: page) : Self.facts(of: devices[0], on: page)
            }
        }
    }

    private func choose(from all: [DeviceReport]) throws(CommandFailure) -> [DeviceReport] {
        guard let device else { return all.filter { $0.state != .answering } }
        guard let found = all.first(where: { $0.id == device }) else {
            let nearest = nearestNames(to: device, among: all.map(\.id))
            throw .bad(
                "there is no device \"\(device)\"",
                hint: nearest.isEmpty
                    ? "`linli devices` lists them"
                    : "did you mean \(nearest.joined(separator: ", "))?")
        }
        return [found]
    }

    static func text(of devices: [DeviceReport], on page: Page) -> String {
        guard !devices.isEmpty else { return "none\n" }
        var table = TextTable([
            .text("DEVICE"), .text("STATE"), .text("PROFILE"), .text("BUS"), .number("UNIT"),
            .number("EVERY"), .number("ANSWERED"), .number("TIMEOUT"), .number("EXC"),
            .number("BAD"), .text("LAST FAULT"),
        ])
        for device in devices {
            table.add([
                .init(device.id), state(of: device, on: page), .init(device.profile),
                .init(device.bus), .init("\(device.unit)"), .init(device.every),
                .init(answered(device, on: page)), .init(Amount.count(device.counters.timeouts)),
                .init(Amount.count(device.counters.exceptions)),
                .init(Amount.count(device.counters.badFrames)), .init(device.lastFault ?? ""),
            ])
        }
        return table.text(on: page) + "\n" + summary(of: devices) + "\n"
    }

    /// The devices that do not answer, each with the whole reason and what to do.
    static func reasons(of devices: [DeviceReport], on page: Page) -> String {
        guard !devices.isEmpty else { return "none\n" }
        var table = TextTable([
            .text("DEVICE"), .text("STATE"), .text("BUS"), .number("UNIT"), .number("ANSWERED"),
            .text("WHY"),
        ])
        for device in devices {
            let words = [device.lastFault, device.advice].compactMap(\.self)
            table.add([
                .init(device.id), state(of: device, on: page), .init(device.bus),
                .init("\(device.unit)"), .init(answered(device, on: page)),
                .init(words.joined(separator: "; ")),
            ])
        }
        return table.text(on: page) + "\n" + summary(of: devices) + "\n"
    }

    static func facts(of device: DeviceReport, on page: Page) -> String {
        let counters = device.counters
        let place = device.place.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        let state = state(of: device, on: page)
        return page.fact("device", device.id, .bold) + page.fact("state", state.text, state.colour)
            + page.fact("profile", "\(device.profile) (\(device.kind))")
            + page.fact("on", "\(device.bus), unit \(device.unit)")
            + (place.isEmpty ? "" : page.fact("place", place.joined(separator: ", ")))
            + page.fact("read", "every \(device.every)")
            + page.fact("requests", device.reads.joined(separator: ", "))
            + page.fact("last answer", page.age(device.lastAnswer))
            + page.fact("last fault", device.lastFault ?? "none")
            + (device.advice.map { page.fact("what to do", $0) } ?? "")
            + page.fact(
                "counted",
                "\(Amount.of(counters.requests, "request")), "
                    + "\(Amount.of(counters.answers, "answer")), "
                    + "\(Amount.of(counters.timeouts, "time-out")), "
                    + "\(Amount.of(counters.exceptions, "exception")), "
                    + "\(Amount.of(counters.badFrames, "bad answer")), "
                    + "\(Amount.of(counters.lateAnswers, "late answer"))")
    }

    private static func answered(_ device: DeviceReport, on page: Page) -> String {
        device.lastAnswer.map { "\(page.length($0, isBrief: true)) ago" } ?? "never"
    }

    private static func state(of device: DeviceReport, on page: Page) -> TextTable.Cell {
        let word = device.state.rawValue
        return switch device.state {
        case .answering: .init(word, .green)
        case .missing: .init(word, .yellow)
        case .refusing: .init(word, .red)
        case .silent: .init("\(word) \(page.length(device.silentSince, isBrief: true))", .red)
        case .disconnected: .init(word, .red)
        case .unknown: .init("not asked yet", .faint)
        }
    }

    private static func summary(of devices: [DeviceReport]) -> String {
        let states = DeviceState.allCases.compactMap { state -> String? in
            let count = devices.count { $0.state == state }
            return count == 0 ? nil : "\(Amount.count(count)) \(state.rawValue)"
        }
        return "\(Amount.of(devices.count, "device")): \(states.joined(separator: ", "))"
    }
}
