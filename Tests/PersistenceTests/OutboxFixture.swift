import Execution
import Glibc
import Metering
import Persistence
import Telemetry

/// A folder of its own for one test, removed afterwards with all that is in it.
func withFolder<T>(
    _ body: (_ folder: String) async throws -> T
) async throws -> T {
    var template = Array("/tmp/linli-outbox-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw FixtureError(code: errno) }
    let folder = String(cString: made)
    defer { remove(tree: folder) }
    return try await body(folder)
}

/// A call of the system that a test relies on failed.
struct FixtureError: Error {
    var code: Int32
}

/// The names in a folder, in order.
func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

private func remove(tree path: String) {
    for name in names(in: path) { remove(tree: path + "/" + name) }
    if rmdir(path) != 0 { unlink(path) }
}

/// The bytes of a file.
func contents(of path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { throw FixtureError(code: errno) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(file, &buffer, buffer.count), count > 0 {
        bytes += buffer[..<count]
    }
    return bytes
}

/// Makes a file of these bytes.
func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard file >= 0 else { throw FixtureError(code: errno) }
    defer { close(file) }
    var start = 0
    while start < bytes.count {
        let count = bytes[start...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        guard count > 0 else { throw FixtureError(code: errno) }
        start += count
    }
}

extension Outbox {
    /// An outbox of a test: roomy, patient, on a thread of its own.
    static func forTest(
        in folder: String, bytes: Int64 = 64 << 20, age: Duration = .seconds(90 * 86_400),
        epoch: UInt64 = 0xFEED_0000_0000_0001, cursorFile: String? = nil, pageLimit: Int = 0
    ) async throws -> Outbox {
        try await open(
            folder: folder, limits: CacheLimits(maximumBytes: bytes, maximumAge: age),
            executor: ThreadExecutor(name: "outbox"), epochSource: { epoch },
            cursorFile: cursorFile, pageLimit: pageLimit)
    }

    /// Everything in a lane.
    func all(in lane: Lane) throws -> [StoredBatch] {
        try batches(in: lane, after: 0, limit: .max, maximumBytes: .max)
    }
}

extension Timestamp {
    /// The moment at which the tests begin.
    static let start = Timestamp(milliseconds: 1_790_000_000_000)
}

extension BatchClock {
    /// A clock that was right, on a board that started 10 minutes before the tests begin.
    static let right = BatchClock(
        boot: "aaaaaaaaaaaaaaaa",
        wallMinusMonotonicMilliseconds: Timestamp.start.milliseconds - 600_000,
        isSynchronized: true)
}

extension SealedBatch {
    /// A batch of bytes that mean nothing.
    static func bytes(
        _ count: Int, _ lane: Lane = .reading, at time: Timestamp = .start, readings: Int = 10,
        clock: BatchClock = .right, seed: UInt64 = 1
    ) -> SealedBatch {
        var random = SeededRandom(seed: seed)
        return SealedBatch(
            lane: lane, payload: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) },
            clock: clock, firstTime: time, lastTime: time + .seconds(5), count: readings)
    }

    /// A batch of readings of one point, one a second from `time` on.
    static func readings(
        _ point: PointIdentifier, values: [Int64], at time: Timestamp, clock: BatchClock = .right
    ) -> SealedBatch {
        let samples = values.enumerated().map { index, value in
            Sample(time: time + .seconds(index), value: .number(ScaledInteger(value)))
        }
        let batch = Batch(
            clock: clock,
            series: [Series(point: PointDescription(identifier: point), samples: samples)])
        return SealedBatch(
            lane: .reading, payload: Zstandard.compress(batch.encoded()), clock: clock,
            firstTime: time, lastTime: time + .seconds(values.count - 1), count: values.count)
    }
}
