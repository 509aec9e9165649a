import DeviceProfiles
import Documents
import Execution
import MQTT
import Modbus
import SiteConfiguration
import Testing

/// Whatever is done to a document, it is either refused with its faults or sound.
@Suite struct SiteMutationTests {
    private let fixture: SiteFixture

    init() throws {
        fixture = try SiteFixture()
    }

    @Test(arguments: 0..<400)
    func aChangedDocumentIsRefusedOrSound(_ seed: UInt64) {
        _ = isAccepted(seed)
    }

    @Test func someChangesAreAcceptedAndSomeRefused() {
        let accepted = (0..<60).count { isAccepted($0) }
        #expect((1..<60).contains(accepted))
    }

    private func isAccepted(_ seed: UInt64) -> Bool {
        var random = SeededRandom(seed: seed)
        var lines = SiteFixture.valid.split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            lines.mutate(using: &random)
        }
        do throws(DocumentFaults) {
            let document = try fixture.read(lines.joined(separator: "\n"))
            #expect(document.violations == [])
            return true
        } catch {
            for fault in error.faults {
                #expect(fault.file.hasSuffix("/site.yaml"))
                #expect((1...lines.count + 1).contains(fault.line), "\(fault)")
                #expect(fault.column >= 1 && !fault.reason.isEmpty)
            }
            #expect(error.faults == error.faults.sorted())
            return false
        }
    }
}

extension [String] {
    /// Makes one change of the kinds that editing by hand and bad transfers make.
    fileprivate mutating func mutate(using random: inout SeededRandom) {
        guard let index = indices.randomElement(using: &random) else { return }
        let other = self[indices.randomElement(using: &random) ?? index]
        switch Int.random(in: 0..<10, using: &random) {
        case 0: remove(at: index)
        case 1: insert(self[index], at: index)
        case 2: self[index] = other
        case 3: insert(other, at: index)
        case 4: self[index] = String(self[index].dropLast(Int.random(in: 1...20, using: &random)))
        case 5: self[index] = " " + self[index]
        case 6: self[index].replaceDigits(using: &random)
        case 7: self[index].replaceCharacter(using: &random)
        case 8: insert(self[index].underAnotherName, at: index)
        default: self[index].swapWords(with: other, using: &random)
        }
    }
}

extension String {
    /// The same entry with a longer key, so that what it holds stands in the document twice.
    fileprivate var underAnotherName: String {
        prefix { $0 == " " } + "x" + drop { $0 == " " }
    }

    fileprivate mutating func replaceDigits(using random: inout SeededRandom) {
        self = String(
            map {
                $0.isASCII && $0.isNumber
                    ? Character("\(Int.random(in: 0...9, using: &random))") : $0
            }
        )
    }

    fileprivate mutating func replaceCharacter(using random: inout SeededRandom) {
        guard let index = indices.randomElement(using: &random) else { return }
        let letters = Array("abz019 :{}[],\"'&*!|>%@`#-?\t\0\u{E000}邻")
        replaceSubrange(index...index, with: [letters.randomElement(using: &random) ?? "x"])
    }

    /// Puts a word of another line in place of one of this.
    fileprivate mutating func swapWords(with other: String, using random: inout SeededRandom) {
        let separators: Set<Character> = [" ", ",", "{", "}", "[", "]"]
        let words = split(whereSeparator: separators.contains)
        let others = other.split(whereSeparator: separators.contains)
        guard let mine = words.randomElement(using: &random),
            let theirs = others.randomElement(using: &random)
        else { return }
        replaceSubrange(mine.startIndex..<mine.endIndex, with: String(theirs))
    }
}

extension SiteDocument {
    /// What a valid document never shows, found without the code that checks documents.
    fileprivate var violations: [String] {
        var found: [String] = []
        func check(_ holds: Bool, _ what: String) {
            if !holds { found.append(what) }
        }
        check(version > 0, "version")
        check(Set(buses.map(\.name)).count == buses.count, "bus names")
        check(Set(buses.map(\.link.endpoint)).count == buses.count, "bus links")
        check(Set(devices.map(\.id)).count == devices.count, "device names")
        check(Set(devices.map { "\($0.bus)/\($0.unit)" }).count == devices.count, "units")
        for device in devices {
            guard let bus = bus(named: device.bus) else {
                found.append("bus of \(device.id)")
                continue
            }
            if case .tcp = bus.link {
            } else {
                check((1...255).contains(device.unit.rawValue), "unit of \(device.id)")
            }
            let milliseconds = device.every.milliseconds
            check((100...86_400_000).contains(milliseconds), "interval of \(device.id)")
            check(
                milliseconds <= 60_000 || 86_400_000 % milliseconds == 0, "day of \(device.id)")
            check(!device.points.isEmpty, "points of \(device.id)")
            check(
                Set(device.points.map(\.name)).count == device.points.count,
                "point names of \(device.id)")
            check(
                device.points.allSatisfy {
                    device.profile.points.contains($0) && $0.access != .write
                }, "points of \(device.id)")
            check(
                device.timing.lateAnswerLimit >= device.timing.responseTimeout
                    && device.timing.responseTimeout > .zero, "timing of \(device.id)")
        }
        check(Set(destinations.map(\.name)).count == destinations.count, "destination names")
        check(Set(destinations.map(\.client)).count == destinations.count, "clients")
        for destination in destinations {
            if destination.format == .thingsBoard {
                check(destination.acknowledgedBy == .broker, "acknowledgement")
            }
            check((1...1_000).contains(destination.drainPerSecond), "drain")
            guard case .selection(let selection) = destination.share else { continue }
            let shared = devices.filter {
                (selection.devices?.contains($0.id) ?? true)
                    && (selection.kinds?.contains($0.profile.kind) ?? true)
                    && $0.points.contains { selection.points?.contains($0.name) ?? true }
            }
            check(!shared.isEmpty, "share of \(destination.name)")
        }
        check(cache.maximumBytes >= 16 << 20 && cache.maximumAge >= .seconds(3_600), "cache")
        check(cache.sealEvery >= .seconds(1) && cache.sealAfter >= 10, "seal")
        return found
    }
}

extension BusLink {
    fileprivate var endpoint: String {
        switch self {
        case .serial(let path, _, _): path
        case .tcp(let host, let port), .rtuOverTCP(let host, let port): "\(host) \(port)"
        }
    }
}

extension DestinationConfiguration {
    fileprivate var client: String {
        guard case .mqtt(let mqtt) = transport else { return name }
        return "\(mqtt.broker.host) \(mqtt.broker.port) \(mqtt.broker.clientID)"
    }
}
