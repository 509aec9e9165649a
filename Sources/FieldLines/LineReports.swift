import DeviceProfiles
package import Execution
import GPIO
package import MaintenanceAPI
import Metering
import SiteConfiguration

/// Lines in words.
extension LineTable {
    package func reports(at now: Moment) -> [LineReport] {
        all.map { entry in
            LineReport(
                name: entry.reference.name.description, place: entry.reference.place,
                use: entry.use, commanded: entry.commanded, sensed: entry.sensed.isActive,
                fault: fault(of: entry),
                since: entry.since.map { now.timestamp(of: $0).milliseconds })
        }
    }

    /// Outputs that are found to be what they were not told.
    package func contraryFaults(at now: Moment) -> [StatusFault] {
        all.filter { $0.isOutput && isContrary($0.sensed, to: $0.reference.name) }.map {
            let isActive = $0.sensed.isActive == true
            return StatusFault(
                .danger, $0.use,
                "\($0.use) (\($0.reference.name)) is \(isActive ? "active" : "inactive"), though it "
                    + "was told otherwise",
                advice:
                    "look for another master on its bus, a relay that sticks, or a switch beside it",
                since: $0.since.map { now.timestamp(of: $0).milliseconds })
        }
    }

    /// Lines that cannot be switched or read, by their chip or board; not those of a device that
    /// is told of already.
    ///
    /// - Parameter told: The names of those devices.
    package func faults(besideThoseOf told: Set<String>, at now: Moment) -> [StatusFault] {
        let faulty = all.filter { $0.faultWords != nil }
        var faults: [StatusFault] = []
        for holder in faulty.map(\.reference.holder).uniqued where !told.contains(holder) {
            let lines = faulty.filter { $0.reference.holder == holder }
            for words in lines.compactMap(\.faultWords).uniqued {
                let same = lines.filter { $0.faultWords == words }
                faults.append(
                    StatusFault(
                        .fault, "lines.\(holder)", LineWords.of(same, on: holder, words),
                        advice: "`linli lines --faulty` lists them; \(same[0].faultAdvice)",
                        since: same.compactMap(\.since).min().map {
                            now.timestamp(of: $0).milliseconds
                        }))
            }
        }
        return faults
    }
}

extension LineTable.Entry {
    /// What is wrong with the line; `nil` where nothing is, or nothing was tried yet.
    var faultWords: String? {
        guard case .unknown(let fault) = sensed else { return nil }
        return isOutput && fault == .notRead ? nil : fault.words
    }
}

extension LineReference {
    /// Where the line is, for people.
    fileprivate var place: String {
        switch source {
        case .gpio(let settings):
            "\(settings.chip) \(settings.offset)" + (settings.isActiveLow ? ", active-low" : "")
        case .point(let device, let point):
            "\(device)/\(point.name)" + (isActiveLow ? ", active-low" : "")
        }
    }
}

private enum LineWords {
    static func of(_ lines: [LineTable.Entry], on holder: String, _ words: String) -> String {
        lines.count == 1
            ? "the line \(lines[0].reference.name) (\(lines[0].use)) is not to be had: \(words)"
            : "\(lines.count) lines of \(holder) are not to be had (\(lines.map(\.use).listed)): "
                + words
    }
}

extension LineReference {
    /// The chip or the device that it belongs to.
    fileprivate var holder: String {
        switch source {
        case .gpio(let settings): settings.chip
        case .point(let device, _): device.description
        }
    }
}

extension LineTable.Entry {
    /// What to do about the fault of the line.
    fileprivate var faultAdvice: String {
        guard case .unknown(let fault) = sensed else { return "try again" }
        return switch fault {
        case .chipMissing: "plug it in or load its driver (`gpiodetect`)"
        case .noSuchLine: "mend its offset in the board's document (`gpioinfo`)"
        case .taken: "end who uses it (`gpioinfo`), or name another line"
        case .refused: "`dmesg` may say more"
        case .silent: "look at its power, its unit and its wires"
        case .exception: "its profile may not fit: `linli profile show`"
        case .notRead, .stopped: "wait until it was read"
        }
    }
}
