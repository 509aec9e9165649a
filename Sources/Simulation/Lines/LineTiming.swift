import Execution
package import Modbus

/// What one serial line and its servers need in time.
package struct LineTiming: Hashable, Sendable {
    /// One character on the wire: start bit, data, parity, stop bits.
    package let characterTime: Duration
    /// The silence that ends a frame: 3.5 characters, or 1.75 ms above 19200 baud.
    package let silence: Duration
    /// From the end of a request to the start of its answer: never less than `silence`.
    package let turnaround: Duration

    package init(characterTime: Duration, silence: Duration, turnaround: Duration) {
        // Whole nanoseconds, as moments are, so that a silence kept exactly is never too short.
        let silence = Duration.nanoseconds(silence.nanoseconds)
        self.characterTime = .nanoseconds(characterTime.nanoseconds)
        self.silence = silence
        self.turnaround = max(silence, turnaround)
    }

    package init(_ settings: SerialSettings, turnaround: Duration = .milliseconds(5)) {
        self.init(
            characterTime: settings.characterTime, silence: settings.frameSilence,
            turnaround: turnaround)
    }

    /// How long so many characters take without a pause.
    package func wireTime(characters: Int) -> Duration {
        .nanoseconds(characterTime.nanoseconds * Int64(characters))
    }

    /// The shortest time one exchange can take, from the first byte of its request to the first
    /// byte of the next.
    package func exchange(request: Int, answer: Int) -> Duration {
        wireTime(characters: request + answer) + turnaround + silence
    }
}
