/// A time of day at which a circuit's control changes: by the clock, or by the sun.
package enum LightingTime: Hashable, Sendable {
    /// Minutes after midnight on the site's clock; 1440 is the end of the day.
    case clock(minute: Int)
    /// A moment of the astronomical clock, and how much later (or, negative, earlier).
    case sun(SunMoment, offset: Duration)

    package var isSolar: Bool {
        if case .sun = self { true } else { false }
    }
}

/// A moment of the sun's day. The raw value is the word of documents.
package enum SunMoment: String, CaseIterable, Hashable, Sendable {
    /// The beginning of civil twilight.
    case dawn
    case sunrise
    case sunset
    /// The end of civil twilight.
    case dusk

    /// Whether it lies between midnight and noon.
    package var isMorning: Bool { self == .dawn || self == .sunrise }
}

/// A part of the day, that begins on the day by whose weekday and calendar it is told.
///
/// The end is the first moment of its kind in the course of the day that follows the beginning:
/// from `sunset` to `23:30` is that evening, and empty where the sun sets later; to `05:30`, the
/// next morning.
package struct LightingWindow: Hashable, Sendable {
    package let from: LightingTime
    package let to: LightingTime

    package init(from: LightingTime, to: LightingTime) {
        self.from = from
        self.to = to
    }

    /// Whether the end lies on the date after that of the beginning.
    package var endsNextDay: Bool {
        switch (from, to) {
        case (.clock(let from), .clock(let to)): to <= from
        case (.sun(let from, _), .sun(let to, _)): to < from
        // The evening's moments of the sun are followed by this evening's clock, or the next
        // morning's; a clock that stands before noon, by this morning's sun.
        case (.sun(let from, _), .clock(let to)): !from.isMorning && to <= 720
        case (.clock(let from), .sun(let to, _)): to.isMorning && from >= 720
        }
    }
}

extension SunMoment: Comparable {
    package static func < (left: SunMoment, right: SunMoment) -> Bool {
        left.order < right.order
    }

    private var order: Int {
        switch self {
        case .dawn: 0
        case .sunrise: 1
        case .sunset: 2
        case .dusk: 3
        }
    }
}
