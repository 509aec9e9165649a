import CFuzzer
import DeviceProfiles
import Documents
import Execution
import Glibc
import Metering
import Modbus
import ModbusTransport
import SiteConfiguration
import Telemetry

// Feeds what comes from outside with bytes that libFuzzer makes up: a crash, a trap, a hang of 10 s
// or a gigabyte of memory is a fault. `linli-fuzz TARGET [libFuzzer's options] [corpus]`.

/// What is fed, by the name on the command line.
let targets: [String: ([UInt8]) -> Void] = [
    "site": { bytes in
        // Any outcome will do, but the end of the process.
        _ = try? SiteDocument.read(
            String(decoding: bytes, as: UTF8.self), file: "/nowhere/site.yaml", board: nil,
            profiles: shipped)
    },
    "profile": { bytes in
        _ = try? ProfileLibrary.read(
            text: String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml")
    },
    "line": { answer($0, framing: .rtu) },
    "connection": { answer($0, framing: .tcp) },
    "registers": measure,
    "batch": { bytes in
        _ = try? Batch(decoding: bytes)
        _ = try? LinliJSON.decode(bytes)
        _ = try? LinliFormat.decode(bytes)
    },
    "broker": converse,
    "acknowledgement": { bytes in
        for key in Acknowledgement.keys(in: bytes) { _ = IdempotencyKey(key.description) }
    },
]

let shipped: ProfileLibrary = {
    do { return try ProfileLibrary.shipped() } catch {
        fatalError("the shipped profiles: \(error)")
    }
}()

let profiles: [DeviceProfile] = shipped.identifiers.sorted().compactMap {
    try? shipped.profile($0)  // A faulty one is another test's matter.
}

enum Framing {
    case rtu
    case tcp
}

/// A conversation on a line that hears these bytes, then silence, until it ends.
func converse(
    _ request: ModbusRequest, unit: UInt8, hearing bytes: ArraySlice<UInt8>, by piece: Int
) {
    let call = ModbusCall(request, to: UnitIdentifier(unit), priority: .command)
    var talk = LineConversation(call, timing: .init(settings: nil))
    var ledger = LineLedger(frameSilence: .zero)
    var now = Moment(
        monotonic: MonotonicTime(nanoseconds: 0),
        wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: true))
    var rest = bytes
    var heard: [UInt8] = []
    var hasSent = false
    for _ in 0..<10_000 {
        switch talk.next(at: now, heard: heard, ledger: &ledger) {
        case .finish: return
        case .send:
            hasSent = true
            heard = []
        case .listen(let until):
            heard = hasSent ? Array(rest.prefix(piece)) : []
            rest = rest.dropFirst(heard.count)
            if heard.isEmpty { now.monotonic = max(now.monotonic, until) }
        }
    }
    fatalError("a conversation does not end")
}

/// A connection that brings these bytes.
func stream(_ bytes: ArraySlice<UInt8>, by piece: Int) {
    var stream = TCPFrameStream()
    var rest = bytes
    while !rest.isEmpty {
        stream.append(rest.prefix(piece))
        rest = rest.dropFirst(piece)
        reading: while true {
            switch stream.next() {
            case .frame: continue
            case .incomplete: break reading
            case .garbage: return
            }
        }
    }
}

/// Bytes that arrive in pieces after a request.
func answer(_ bytes: [UInt8], framing: Framing) {
    guard bytes.count > 4 else { return }
    let request: ModbusRequest =
        switch bytes[0] % 6 {
        case 0: .read(RegisterRange(.holding, at: 0, count: UInt16(bytes[1] % 125) + 1))
        case 1: .read(RegisterRange(.coil, at: 0, count: UInt16(bytes[1]) + 1))
        case 2: .writeCoil(address: 1, true)
        case 3: .writeRegisters(address: 1, [1, 2])
        case 4: .readDeviceIdentification(.basic, from: 0)
        default: .read(RegisterRange(.input, at: 7, count: 2))
        }
    let piece = Int(bytes[3]) + 1
    switch framing {
    case .rtu: converse(request, unit: bytes[2], hearing: bytes[4...], by: piece)
    case .tcp: stream(bytes[4...], by: piece)
    }
    _ = try? ModbusRequest(decoding: bytes[...])
}

/// Registers that hold anything, read by a shipped profile.
func measure(_ bytes: [UInt8]) {
    guard bytes.count > 1, !profiles.isEmpty else { return }
    let profile = profiles[Int(bytes[0]) % profiles.count]
    let now = Moment(
        monotonic: MonotonicTime(nanoseconds: 0),
        wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: true))
    var place = 1
    func byte() -> UInt8 {
        defer { place = place + 1 < bytes.count ? place + 1 : 1 }
        return bytes[place]
    }
    for point in profile.points where point.access.isReadable {
        var image = RegisterImage()
        for range in point.ranges {
            let count = Int(range.count)
            let response: ModbusResponse =
                range.table.isBits
                ? .bits((0..<count).map { _ in byte() & 1 == 1 })
                : .registers((0..<count).map { _ in UInt16(byte()) << 8 | UInt16(byte()) })
            image.insert(response, for: range, at: now)
        }
        switch point.measure(image) {
        case .value(let value), .uncertain(_, let value):
            _ = value.description
            if case .number(let number) = value {
                _ = (number.doubleValue, number.normalized, number.rounded(to: 0))
                _ = (Amperes(roundingUp: number), Amperes(roundingDown: number))
            }
        case .missing: break
        }
    }
}

var words = CommandLine.arguments
guard words.count > 1, let target = targets[words[1]] else {
    print("linli-fuzz \(targets.keys.sorted().joined(separator: "|")) [options] [corpus]")
    exit(64)
}
nonisolated(unsafe) let feed = target  // Called by libFuzzer on this thread alone.
words.remove(at: 1)
var count = CInt(words.count)
var pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = {
    let made = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
        capacity: words.count + 1)
    for (place, word) in words.enumerated() { made[place] = strdup(word) }
    made[words.count] = nil
    return made
}()
exit(
    LLVMFuzzerRunDriver(&count, &pointers) { data, size in
        feed(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    })
