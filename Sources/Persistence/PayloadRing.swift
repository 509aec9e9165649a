/// Where the payloads of readings lie in their file, and where the next one goes: a pure decision,
/// without I/O.
///
/// Payloads lie one behind the other, in the order of their batches. Where the file may not grow
/// any more it is overwritten from its beginning, as far as the oldest payload that is kept. Each
/// row knows its own place; the ring knows no more than the oldest and the newest.
///
/// No payload ever shares a byte with one that is kept, whatever the limits were before.
struct PayloadRing: Equatable {
    /// A payload and the batch it belongs to.
    struct Kept: Equatable {
        var sequence: Int64
        var place: PayloadPlace
    }

    private(set) var oldest: Kept?
    private(set) var newest: Kept?
    /// Where the newest payload ends, though it may be kept no longer.
    private(set) var head: Int64 = PayloadPlace.start

    init() {}

    /// The ring that a database knows of: both are there, or neither.
    init(oldest: Kept?, newest: Kept?) {
        guard let oldest, let newest else { return }
        self.oldest = oldest
        self.newest = newest
        head = newest.place.end
    }

    /// Whether the newest payload lies before the oldest in the file.
    var isWrapped: Bool {
        guard let oldest, let newest else { return false }
        return newest.place.offset < oldest.place.offset
    }

    /// The sequence numbers of the oldest and the newest, by which they are found again.
    var sequences: ClosedRange<Int64>? {
        guard let oldest, let newest, oldest.sequence <= newest.sequence else { return nil }
        return oldest.sequence...newest.sequence
    }

    /// Where a new payload goes, or `nil` where there is no room for it now.
    ///
    /// - Parameters:
    ///   - length: Its bytes.
    ///   - end: Where the file ends. It is made longer only where too little of its beginning
    ///     could be used again.
    ///   - limit: How long the file may be.
    func place(for length: Int64, end: Int64, limit: Int64) -> PayloadPlace? {
        let first = oldest?.place.offset ?? head
        guard !isWrapped else { return Self.place(for: length, from: head, upTo: first) }
        let reusable = first - PayloadPlace.start
        let bound = reusable >= end / 4 ? min(end, limit) : limit
        return Self.place(for: length, from: head, upTo: bound)
            ?? Self.place(for: length, from: PayloadPlace.start, upTo: first)
            ?? Self.place(for: length, from: head, upTo: limit)
    }

    /// Adds a batch whose row is committed.
    mutating func add(_ batch: Kept) {
        oldest = oldest ?? batch
        newest = batch
        head = batch.place.end
    }

    /// Moves the oldest on, once the rows before it are gone.
    ///
    /// - Parameter batch: The oldest that is left, if any. One that does not lie among those that
    ///   were kept has a damaged row, and changes nothing: nothing is freed by it.
    mutating func drop(to batch: Kept?) {
        guard let batch else {
            oldest = nil
            newest = nil
            return
        }
        guard let oldest, let newest else { return }
        let offset = batch.place.offset
        let isKept =
            isWrapped
            ? offset >= oldest.place.offset || offset <= newest.place.offset
            : offset >= oldest.place.offset && offset <= newest.place.offset
        if isKept { self.oldest = batch }
    }

    /// How many bytes of the file are in use; what was left over before its end among them.
    func keptBytes(end: Int64) -> Int64 {
        guard let oldest else { return 0 }
        let kept = head - oldest.place.offset
        return isWrapped ? kept + end - PayloadPlace.start : kept
    }

    /// What of the file is not in use.
    func free(end: Int64) -> [Range<Int64>] {
        guard let oldest else { return [PayloadPlace.start..<max(end, PayloadPlace.start)] }
        if isWrapped { return [head..<max(head, oldest.place.offset)] }
        return [PayloadPlace.start..<oldest.place.offset, head..<max(end, head)]
    }

    /// The first place of a region, or the first of its next block, if the payload fits. It begins
    /// with a block where it then touches one block less, and a sixth of its length is not wasted.
    private static func place(
        for length: Int64, from start: Int64, upTo bound: Int64
    ) -> PayloadPlace? {
        guard start + length <= bound else { return nil }
        let aligned = (start + block - 1) / block * block
        let saves = blocks(aligned, length) < blocks(start, length)
        let isCheap = (aligned - start) * 6 <= length && aligned + length <= bound
        return PayloadPlace(offset: saves && isCheap ? aligned : start, length: length)
    }

    /// How many blocks a payload touches.
    private static func blocks(_ offset: Int64, _ length: Int64) -> Int64 {
        (offset + length - 1) / block - offset / block + 1
    }

    /// What file systems and flash write at once, at least.
    private static let block: Int64 = 4_096
}
