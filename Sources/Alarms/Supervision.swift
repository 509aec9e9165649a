import GPIO
import Metering
import SiteConfiguration

/// The rules that nobody has to write: a detector that an alarm relies on must be heard.
///
/// For each device whose points or lines a rule looks at, and each GPIO chip, there is an alarm
/// `detector/NAME`. It is raised when the device falls silent, at once; and when a value stays
/// missing or a line unreadable for ``patience``. It ends when all are back. It acts on nothing;
/// a document that wants something done writes `silent:`, and where some rule has that, the
/// silence itself is left to it.
package enum Supervision {
    /// How long a value may be missing while its device answers.
    package static let patience: Duration = .seconds(30)

    /// The name of the rule for a device or a chip. No name of a document has a slash.
    package static func name(of detector: String) -> String { "detector/\(detector)" }

    static func rules(for alarms: [AlarmConfiguration]) -> [AlarmConfiguration] {
        var detectors: [String: Detector] = [:]
        var order: [String] = []
        func note(_ name: String, _ alarm: AlarmConfiguration, _ add: (inout Detector) -> Void) {
            if detectors[name] == nil { order.append(name) }
            var detector = detectors[name] ?? Detector()
            detector.severity = max(detector.severity, alarm.severity)
            add(&detector)
            detectors[name] = detector
        }
        var watched: Set<DeviceIdentifier> = []
        for alarm in alarms {
            for case .silent(let device) in alarm.condition.all { watched.insert(device) }
            for point in alarm.condition.points.sorted() {
                note(point.device.description, alarm) {
                    $0.device = point.device
                    $0.add(.missing(point))
                }
            }
            for line in alarm.condition.lines.sorted(by: { $0.name < $1.name }) {
                switch line.source {
                case .gpio(let settings): note(settings.chip, alarm) { $0.add(.fault(line)) }
                case .point(let device, _):
                    note(device.description, alarm) {
                        $0.device = device
                        $0.add(.fault(line))
                    }
                }
            }
        }
        return order.compactMap { name in
            detectors[name].map { detector in
                AlarmConfiguration(
                    name: Self.name(of: name), condition: detector.condition(watched: watched),
                    severity: detector.severity)
            }
        }
    }

    private struct Detector {
        var device: DeviceIdentifier?
        /// The highest of the rules that rely on it.
        var severity = AlarmSeverity.warning
        var lacks: [AlarmCondition] = []
        private var seen: Set<AlarmCondition> = []

        mutating func add(_ lack: AlarmCondition) {
            if seen.insert(lack).inserted { lacks.append(lack) }
        }

        func condition(watched: Set<DeviceIdentifier>) -> AlarmCondition {
            guard let device else { return .lasting(.any(lacks), patience) }
            if watched.contains(device) {
                return .lasting(.all([.not(.silent(device)), .any(lacks)]), patience)
            }
            return .any([.silent(device), .lasting(.any(lacks), patience)])
        }
    }
}
