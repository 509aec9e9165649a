import DeviceProfiles
import Execution
import Metering
import Modbus
import ModbusTransport

/// The turn of a device: a pass through the reads of its plan. Each read is asked in the order of
/// the plan, and closed by what comes of it: values, a refusal, or that its points are missing.
///
/// A read that may not be asked yet, since something could be taken for its answer, is put off, and
/// with it those whose answers look the same: asking them would only add to the doubt. The others
/// go on, and what was put off is taken up at the end. Where that would be too late for the next
/// turn it is left out: its points are missing, and it goes before the others of a later turn.
extension DevicePoll {
    enum Turn: Hashable, Sendable {
        /// None is under way. Left by ``DevicePoll/beginTurn(at:into:)``.
        case idle
        /// The read has the bus, or is the next of the device to have it. Left by its outcome: for
        /// the next read or the same once more (still asking), for a pause after silence or an
        /// exception that says busy (parked), where only reads are left that were put off
        /// (waiting), at the end (idle). Also left where an urgent device goes before (parked).
        case asking(Attempt, Tally)
        /// The device is left alone: it is busy, or its late answer may still come. Left at that
        /// time, for asking what is due.
        case parked(Attempt, Tally, until: MonotonicTime)
        /// Only reads are left that were put off. Left when the first of them may be asked.
        case waiting(Tally, until: MonotonicTime)

        /// When a turn goes on that does not want the bus now.
        var resumeAt: MonotonicTime? {
            switch self {
            case .idle, .asking: nil
            case .parked(_, _, let until), .waiting(_, let until): until
            }
        }

        /// What has come of the turn so far.
        var tally: Tally {
            get {
                switch self {
                case .idle: Tally()
                case .asking(_, let tally), .parked(_, let tally, _), .waiting(let tally, _): tally
                }
            }
            set {
                switch self {
                case .idle: break
                case .asking(let attempt, _): self = .asking(attempt, newValue)
                case .parked(let attempt, _, let until):
                    self = .parked(attempt, newValue, until: until)
                case .waiting(_, let until): self = .waiting(newValue, until: until)
                }
            }
        }
    }

    /// One read of a turn, and what was tried for it.
    struct Attempt: Hashable, Sendable {
        var place: Int
        var extent = Extent.whole
        /// How often it was repeated after silence or noise, and since the device was busy.
        var retries = 0
        var busyRetries = 0
        /// How often in a row it was put off, in this turn and before.
        var rests = 0
    }

    /// How much of a merged read is asked for.
    enum Extent: Hashable, Sendable {
        case whole
        /// One part alone, after silence: whether the device is there at all.
        case firstPart
        case lastPart
    }

    /// What has come of a turn so far.
    struct Tally: Hashable, Sendable {
        /// How many reads the device has answered, and how many found silence.
        var answers = 0
        var silences = 0
        /// How many were left out.
        var omissions = 0
        /// How many of the answers brought values, and the exception of the last that did not.
        var values = 0
        var refusal: ModbusException?
    }

    /// Whether a read may be asked.
    enum Standing: Hashable, Sendable {
        /// Whenever the turn comes to it. Left where it has to rest.
        case free
        /// Not before its rest is over. Left when the turn takes it up then (free), or leaves it
        /// out (omitted).
        case putOff(Rest)
        /// The same, and nothing is owed of it: the turn has left it out, or had its answer before
        /// another read had to rest that looks the same. Left when a turn takes it up (free).
        case omitted(Rest)
    }

    struct Rest: Hashable, Sendable {
        /// When it was put off, and until when.
        var since: MonotonicTime
        var until: MonotonicTime
        /// How it goes on then.
        var attempt: Attempt

        /// The same for another read, whose answers look alike.
        func shared(by place: Int) -> Rest {
            Rest(since: since, until: until, attempt: Attempt(place: place))
        }
    }

    /// Whether it may have the bus now.
    func isWaiting(at now: Moment) -> Bool {
        switch turn {
        case .idle: !health.isSilent && due <= now.wall.timestamp
        case .asking: false
        case .parked(_, _, let until), .waiting(_, let until): until <= now.monotonic
        }
    }

    // MARK: - Transitions

    /// Begins a pass through the plan; over at once where nothing of it may be asked in time.
    mutating func beginTurn(at now: Moment, into readings: inout [Reading]) {
        lastTurn = now.monotonic
        image.removeAll()
        counters.turns += 1
        for place in reads.indices { reads[place].isOpen = true }
        var tally = Tally()
        if aside > 0 {
            for place in reads.indices {
                guard case .omitted(let rest) = reads[place].standing,
                    !isOver(rest.until, at: now)
                else { continue }
                omit(place, &tally, at: now, into: &readings)
            }
        }
        goOn(after: -1, tally, at: now.monotonic)
    }

    /// Leaves the device alone until then, where its turn goes on.
    mutating func park(until: MonotonicTime) {
        switch turn {
        case .asking(let attempt, let tally): turn = .parked(attempt, tally, until: until)
        case .waiting(let tally, let end): turn = .waiting(tally, until: max(end, until))
        case .idle, .parked: break
        }
    }

    /// Goes on with a turn that was parked, or that waits.
    mutating func resume(at now: MonotonicTime) {
        switch turn {
        case .parked(let attempt, let tally, _): turn = .asking(attempt, tally)
        case .waiting(let tally, _): goOn(after: -1, tally, at: now)
        case .idle, .asking: break
        }
    }

    /// Goes on to the next read that is still owed; over where there is none.
    mutating func goOn(after place: Int, _ tally: Tally, at now: MonotonicTime) {
        guard aside > 0 else {
            let next = firstOpen(from: place + 1) ?? firstOpen(from: 0)
            turn = next.map { .asking(Attempt(place: $0), tally) } ?? .idle
            return
        }
        // What was left out before, the rest of the plan, what was put off; each by its age, and
        // what was asked itself before what only looks like it.
        var first: (place: Int, rank: (Int, MonotonicTime, Int))?
        var wake: MonotonicTime?
        for place in reads.indices where reads[place].isOpen {
            let rank: (Int, MonotonicTime, Int)
            switch reads[place].standing {
            case .omitted(let rest) where rest.until <= now:
                rank = (0, rest.since, -rest.attempt.rests)
            case .free: rank = (1, MonotonicTime(nanoseconds: .min), 0)
            case .putOff(let rest) where rest.until <= now:
                rank = (2, rest.since, -rest.attempt.rests)
            case .omitted(let rest), .putOff(let rest):
                wake = min(wake ?? rest.until, rest.until)
                continue
            }
            if first.map({ rank < $0.rank }) ?? true { first = (place, rank) }
        }
        if let first {
            turn = .asking(takeUp(first.place), tally)
        } else {
            turn = wake.map { .waiting(tally, until: $0) } ?? .idle
        }
    }

    private mutating func takeUp(_ place: Int) -> Attempt {
        switch reads[place].standing {
        case .free: return Attempt(place: place)
        case .putOff(let rest), .omitted(let rest):
            reads[place].standing = .free
            aside -= 1
            // Splits may have moved it.
            var attempt = rest.attempt
            attempt.place = place
            return attempt
        }
    }

    /// Puts a read off, or leaves it out where the next turn would begin before its rest is over.
    mutating func putOff(
        _ attempt: Attempt, _ tally: inout Tally, until: MonotonicTime, at now: Moment,
        into readings: inout [Reading]
    ) {
        let rest = Rest(since: now.monotonic, until: until, attempt: attempt)
        let shape = answerShape(of: attempt.place)
        for place in reads.indices where answerShape(of: place) == shape {
            hold(place, place == attempt.place ? rest : rest.shared(by: place))
            guard !isOver(until, at: now), reads[place].isOpen else { continue }
            omit(place, &tally, at: now, into: &readings)
        }
        goOn(after: attempt.place, tally, at: now.monotonic)
    }

    private func answerShape(of place: Int) -> AnswerShape {
        ModbusRequest.read(reads[place].planned.range).answerShape
    }

    private mutating func hold(_ place: Int, _ rest: Rest) {
        switch reads[place].standing {
        case .free:
            aside += 1
            reads[place].standing = reads[place].isOpen ? .putOff(rest) : .omitted(rest)
        case .putOff(var own):
            own.until = max(own.until, rest.until)
            reads[place].standing = .putOff(own)
        case .omitted(var own):
            own.until = max(own.until, rest.until)
            reads[place].standing = .omitted(own)
        }
    }

    /// Closes all reads that are still owed.
    mutating func abandonTurn(
        reason: MissingReason, at now: Moment, into readings: inout [Reading]
    ) {
        for place in reads.indices where reads[place].isOpen {
            missing(place, reason: reason, at: now, into: &readings)
            setOmitted(place)
        }
    }

    /// Has every read asked again: whatever could be taken for an answer went with the connection.
    mutating func forgetRests() {
        for place in reads.indices { reads[place].standing = .free }
        aside = 0
    }

    // MARK: - Private

    private func firstOpen(from start: Int) -> Int? {
        for place in start..<reads.count where reads[place].isOpen { return place }
        return nil
    }

    /// Whether a rest is over before the device is due again.
    private func isOver(_ until: MonotonicTime, at now: Moment) -> Bool {
        now.monotonic.duration(to: until) < due - now.wall.timestamp
    }

    private mutating func omit(
        _ place: Int, _ tally: inout Tally, at now: Moment, into readings: inout [Reading]
    ) {
        setOmitted(place)
        tally.omissions += 1
        counters.corrupt += 1
        counters.lastFault = .corrupt(.unasked)
        missing(place, reason: .corrupt, at: now, into: &readings)
    }

    /// What was tried for it counts no more, but how often it was put off.
    private mutating func setOmitted(_ place: Int) {
        guard case .putOff(var rest) = reads[place].standing else { return }
        rest.attempt = Attempt(place: place, rests: rest.attempt.rests)
        reads[place].standing = .omitted(rest)
    }
}
