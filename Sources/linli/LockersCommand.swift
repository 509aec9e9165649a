import ArgumentParser
import Execution
import MaintenanceAPI

/// `linli lockers`: every bank of parcel lockers; releases, deposits, pickups, the audit trail.
struct LockersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockers", abstract: "Show the parcel lockers; release, deposit, pick up.",
        discussion: "Whatever is done to a compartment is in the audit trail, with who asked.",
        subcommands: [
            List.self, Release.self, Deposit.self, Pickup.self, TakeBack.self, Clear.self,
            Audit.self,
        ],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Show every compartment.")
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.show("lockers") { (banks: [LockerReport], page: Page) in
                LockersCommand.text(of: banks, on: page)
            }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release", abstract: "Open a compartment, whatever is in it.")
        @Argument(help: "The bank and the compartment, such as east-gate/A01.")
        var place: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws { try await daemon.work(.release, at: place) }
    }

    struct TakeBack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take-back", abstract: "Open a compartment, and take its parcel back.",
            discussion: """
                For a courier or the house: of a parcel that nobody has collected. Its code is no \
                longer good, and the compartment is free again.
                """)
        @Argument(help: "The bank and the compartment, such as east-gate/A01.")
        var place: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws { try await daemon.work(.takeBack, at: place) }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clear", abstract: "Note that a compartment is empty, and open nothing.",
            discussion: """
                For one that was opened by hand and whose parcel is gone. Look first: its code is no \
                longer good after, and the compartment is given to the next parcel.
                """)
        @Argument(help: "The bank and the compartment, such as east-gate/A01.")
        var place: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws { try await daemon.work(.clear, at: place) }
    }

    struct Deposit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "deposit", abstract: "Open a free compartment for a parcel.",
            discussion: "The pickup code is shown here and nowhere else; only its hash is stored.")
        @Argument(help: "The bank of lockers.")
        var bank: String
        @Option(help: "The size of the parcel: small, medium or large.")
        var size: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.work(
                LockerRequest(.deposit, bank: bank, size: size, by: Operator.name))
        }
    }

    struct Pickup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pickup", abstract: "Open the compartment a code stands for.")
        @Argument(help: "The bank of lockers.")
        var bank: String
        @Argument(help: "A pickup code, or a token of the city.")
        var code: String
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.work(
                LockerRequest(.pickup, bank: bank, code: code, by: Operator.name))
        }
    }

    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "audit", abstract: "Check the audit trail and show its last records.",
            discussion: "Exit code 1 where a record was changed, removed or put in.")
        @Option(help: "How many records to show.")
        var last = 20
        @OptionGroup var daemon: DaemonOptions

        func run() async throws {
            try await daemon.ask { client in
                let answer: DaemonClient.Answer<AuditReport> = try await client.get(
                    "lockers/audit", query: [("limit", "\(last)")])
                try daemon.print(answer) {
                    LockersCommand.text(of: $0, on: Page.current().adopting($0.timeZone))
                }
                if let fault = answer.value.fault {
                    throw CommandFailure.bad(
                        "the audit trail was tampered with: \(fault)",
                        hint: "keep the state folder as it is, and compare the hashes with those "
                            + "that the city has in its events")
                }
            }
        }
    }

    static func text(of banks: [LockerReport], on page: Page) -> String {
        guard !banks.isEmpty else { return "no lockers\n" }
        return banks.map { bank in
            var table = TextTable([
                .text("COMPARTMENT"), .text("SIZE"), .text("STATE"), .text("STRIKE"),
                .text("CONTACT"), .text("PARCEL"), .text(""),
            ])
            for one in bank.compartments {
                table.add([
                    .init("\(bank.bank)/\(one.name)"), .init(one.size),
                    .init(one.state, one.state == "closed" ? nil : .yellow),
                    .init(DoorsCommand.strike(one.isStrikeActive)),
                    .init(DoorsCommand.contact(one.isClosed)),
                    .init(
                        one.parcelSince.map { "\(one.parcelState ?? "waiting"), \(page.age($0))" }
                            ?? "-", one.parcelState == "overdue" ? .yellow : nil),
                    .init(one.faults.joined(separator: "; "), .red),
                ])
            }
            let waiting = bank.waiting > 0 ? ", \(bank.waiting) wait" : ""
            let lockout = bank.lockedOutUntil.map { "; no codes taken: ends \(page.age($0))" } ?? ""
            let notes = bank.faults.map { page.paint($0.printable, .red) + "\n" }.joined()
            return table.text(on: page)
                + "\(bank.energised) of \(bank.strikesAtOnce) strikes\(waiting)\(lockout)\n" + notes
        }.joined(separator: "\n")
    }

    static func text(of audit: AuditReport, on page: Page) -> String {
        var table = TextTable([
            .number("NO"), .text("TIME"), .text("WHO"), .text("DID"), .text("WHAT"), .text(""),
        ])
        for record in audit.records {
            let time = Timestamp(milliseconds: record.time)
            table.add([
                .init("\(record.number)"),
                .init("\(page.zone.date(time)) \(page.zone.clock(time))"), .init(record.actor),
                .init(record.action), .init(record.subject), .init(record.details),
            ])
        }
        let verdict =
            audit.fault.map { page.paint("broken: \($0)".printable, .red) }
            ?? page.paint("whole", .green)
        return table.text(on: page)
            + "\(Amount.of(audit.count, "record")), \(verdict); head \(audit.head.printable)\n"
    }
}

extension DaemonOptions {
    /// Asks for a compartment that is named with its bank.
    fileprivate func work(_ act: LockerRequest.Act, at place: String) async throws {
        let parts = place.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw ValidationError("name a bank and a compartment, such as east-gate/A01")
        }
        try await work(
            LockerRequest(act, bank: parts[0], compartment: parts[1], by: Operator.name))
    }

    /// Asks for a compartment, and says what came of it.
    fileprivate func work(_ request: LockerRequest) async throws {
        try await ask { client in
            let answer: DaemonClient.Answer<LockerAnswer> = try await client.post(
                "lockers/work", request)
            try print(answer) { answer in
                let page = Page.current().adopting(answer.timeZone)
                let place = "\(answer.bank)/\(answer.compartment)".printable
                guard request.act != .clear else { return "\(place) is free\n" }
                var text = "\(place) is released\n"
                if let code = answer.code {
                    text += page.fact("code", code, .bold)
                    text += page.fact("valid until", Self.validity(of: answer, on: page))
                }
                if answer.holdsParcel == true {
                    text +=
                        "its parcel counts as being there still; once it is gone: "
                        + "`linli lockers clear \(place)`\n"
                }
                return text
            }
        }
    }

    private static func validity(of answer: LockerAnswer, on page: Page) -> String {
        guard let until = answer.validUntil else {
            let length = answer.validSeconds.map(Amount.duration) ?? "as long as set up"
            return "\(length) from now (nobody has set the clock yet)"
        }
        return page.moment(until) + (answer.timeZone.map { " (\(page.zone.label($0)))" } ?? "")
    }
}

extension Page {
    /// A moment as a date and a time.
    func moment(_ milliseconds: Int64?) -> String {
        guard let milliseconds else { return "-" }
        let time = Timestamp(milliseconds: milliseconds)
        return "\(zone.date(time)) \(zone.clock(time))"
    }
}
