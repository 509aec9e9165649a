import Documents

extension SiteWarnings {
    /// Alarms that can never come.
    func warnOfAlarms() {
        let reach = AlarmReach(site: site)
        for alarm in site.alarms {
            if let obstacle = reach.obstacle(to: alarm.condition) {
                warn("alarms", alarm.name, "when", reason: "can never come: \(obstacle)")
            } else if case .any(let parts) = alarm.condition {
                for obstacle in parts.compactMap({ reach.obstacle(to: $0) }) {
                    warn(
                        "alarms", alarm.name, "when",
                        reason: "one part can never be so: \(obstacle)")
                }
            }
        }
    }
}
