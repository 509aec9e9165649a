import DeviceProfiles
import Execution
import Metering
import Modbus

/// What becomes of the points: each has one reading a turn.
extension DevicePoll {
    /// Measures the points that an answer completes.
    mutating func measure(_ reply: ModbusReply, of place: Int, into readings: inout [Reading]) {
        image.insert(reply.response, for: reads[place].planned.range, at: reply.arrival)
        reads[place].isOpen = false
        for number in reads[place].points { measure(number, at: reply.arrival, into: &readings) }
        guard !reads[place].handed.isEmpty else { return }
        for number in reads[place].handed { measure(number, at: reply.arrival, into: &readings) }
        reads[place].handed.removeAll()
    }

    /// Measures a point, or hands it to another read that it needs and that is still owed.
    private mutating func measure(
        _ number: Int, at arrival: Moment, into readings: inout [Reading]
    ) {
        if spans[number],
            let other = reads.indices.last(where: { reads[$0].isOpen && needs(number, $0) })
        {
            reads[other].handed.append(number)
            return
        }
        let (point, time) = (target.points[number].index, arrival.wall.timestamp)
        switch target.points[number].profile.measure(image) {
        case .value(let value): readings.append(Reading(point, at: time, value))
        case .uncertain(let reason, let value):
            readings.append(Reading(point, at: time, uncertain: reason, value))
        case .missing(let reason): readings.append(Reading(point, at: time, missing: reason))
        }
    }

    /// Reports the points of a read as missing in the turn under way.
    mutating func missing(
        _ place: Int, reason: MissingReason, at now: Moment, into readings: inout [Reading]
    ) {
        image.insert(missing: reason, for: reads[place].planned.range, at: now)
        reads[place].isOpen = false
        report(reads[place].points, reason, at: now, into: &readings)
        report(reads[place].handed, reason, at: now, into: &readings)
        reads[place].handed.removeAll()
    }

    /// Reports all points as missing, where no turn is made.
    func missingTurn(reason: MissingReason, at now: Moment, into readings: inout [Reading]) {
        for read in reads { report(read.points, reason, at: now, into: &readings) }
    }

    private func report(
        _ numbers: [Int], _ reason: MissingReason, at now: Moment, into readings: inout [Reading]
    ) {
        for number in numbers {
            let point = target.points[number].index
            readings.append(Reading(point, at: now.wall.timestamp, missing: reason))
        }
    }
}
