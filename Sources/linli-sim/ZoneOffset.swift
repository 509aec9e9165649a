import Glibc

/// The offset of a time zone, from the system's own database.
enum ZoneOffset {
    /// What a zone's clocks are ahead of UTC now.
    ///
    /// Sets the zone of the whole process: call it once, before other threads start.
    static func now(_ zone: String) -> Duration {
        setenv("TZ", zone, 1)
        tzset()
        var now = time(nil)
        var fields = tm()
        localtime_r(&now, &fields)
        return .seconds(fields.tm_gmtoff)
    }
}
