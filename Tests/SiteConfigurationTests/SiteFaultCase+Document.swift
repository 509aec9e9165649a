extension SiteFaultCase {
    /// Faults of the document as a whole, the site and the cache.
    static let document: [SiteFaultCase] = [
        SiteFaultCase(
            "version: 7", "version: 0",
            [
                "site.yaml:1:10: version: must lie in 1...999999999, found 0"
            ]),
        SiteFaultCase(
            "version: 7", "version: -1",
            [
                "site.yaml:1:10: version: must lie in 1...999999999, found -1"
            ]),
        SiteFaultCase(
            "version: 7", #"version: "7""#,
            [
                #"site.yaml:1:10: version: expected a whole number without quotes, found the text "7""#
            ]),
        SiteFaultCase(
            "version: 7", "version: 1.5",
            [
                #"site.yaml:1:10: version: expected a whole number, found "1.5""#
            ]),
        SiteFaultCase(
            "version: 7\n", "",
            [
                #"site.yaml:1:1: "version" is missing"#
            ]),
        SiteFaultCase(
            "cache:", "cahce:",
            [
                #"site.yaml:39:1: cahce: unknown key; did you mean "cache"?"#
            ]),
        SiteFaultCase(
            "cache:", "lockers:\n  east: {}\ncache:",
            [
                #"site.yaml:40:9: lockers.east: "compartments" is missing"#
            ]),
        SiteFaultCase(
            "cache:", "doors: []\nlighting: 7\nalarms: []\ncache:",
            [
                "site.yaml:39:8: doors: expected a mapping, found a list; write `name: {...}` without the dashes",
                #"site.yaml:40:11: lighting: expected a mapping, found "7""#,
                "site.yaml:41:9: alarms: expected a mapping, found a list; write `name: {...}` without the dashes",
            ]),
        SiteFaultCase(
            "id: jn-lixia-0042", "id: JN 42",
            [
                #"site.yaml:3:7: site.id: must be 1 to 64 lower-case letters, digits, "-", "_" or ".", the first a letter or digit"#
            ]),
        SiteFaultCase(
            "name: 历下花园", #"name: "a\nb""#,
            [
                "site.yaml:4:9: site.name: must be one line of text"
            ]),
        SiteFaultCase(
            "Asia/Shanghai", "Asia/Shangai",
            [
                #"site.yaml:5:13: site.timeZone: no time zone "Asia/Shangai" in /usr/share/zoneinfo; did you mean "Asia/Shanghai"?"#
            ]),
        SiteFaultCase(
            "Asia/Shanghai", "../../etc/passwd",
            [
                #"site.yaml:5:13: site.timeZone: no time zone "../../etc/passwd" in /usr/share/zoneinfo; zones are written as Asia/Shanghai"#
            ]),
        SiteFaultCase(
            "Asia/Shanghai", "CST+8",
            [
                #"site.yaml:5:13: site.timeZone: no time zone "CST+8" in /usr/share/zoneinfo; write Asia/Shanghai"#
            ]),
        SiteFaultCase(
            "latitude: 36.6683", "latitude: 91",
            [
                "site.yaml:6:24: site.location.latitude: must lie in -90...90, found 91"
            ]),
        SiteFaultCase(
            "longitude: 117.0207", "longitude: -180.5",
            [
                "site.yaml:6:44: site.location.longitude: must lie in -180...180, found -180.5"
            ]),
        SiteFaultCase(
            "latitude: 36.6683, ", "",
            [
                #"site.yaml:6:13: site.location: "latitude" is missing"#
            ]),
        SiteFaultCase(
            "{latitude: 36.6683, longitude: 117.0207}", "[36.7, 117]",
            [
                "site.yaml:6:13: site.location: expected a mapping, found a list; write `name: {...}` without the dashes"
            ]),
        SiteFaultCase(
            "size: 1GiB", "size: 1MiB",
            [
                "site.yaml:39:15: cache.size: must lie in 16MiB...1TiB, found 1MiB"
            ]),
        SiteFaultCase(
            "size: 1GiB", "size: 0B",
            [
                "site.yaml:39:15: cache.size: must lie in 16MiB...1TiB, found 0B"
            ]),
        SiteFaultCase(
            "size: 1GiB", "size: 9TiB",
            [
                "site.yaml:39:15: cache.size: must lie in 16MiB...1TiB, found 9TiB"
            ]),
        SiteFaultCase(
            "size: 1GiB", "size: 1GB2",
            [
                #"site.yaml:39:15: cache.size: expected a size such as 512KiB, 64MiB or 2GiB, found "1GB2""#
            ]),
        SiteFaultCase(
            "age: 30d", "age: 1m",
            [
                "site.yaml:39:26: cache.age: must lie in 1h...3650d, found 1m"
            ]),
        SiteFaultCase(
            "sealEvery: 5s", "sealEvery: 0s",
            [
                "site.yaml:39:42: cache.sealEvery: must lie in 1s...10m, found 0s"
            ]),
        SiteFaultCase(
            "sealEvery: 5s", "sealEvery: 1h",
            [
                "site.yaml:39:42: cache.sealEvery: must lie in 1s...10m, found 1h"
            ]),
        SiteFaultCase(
            "sealAfter: 2000", "sealAfter: 0",
            [
                "site.yaml:39:57: cache.sealAfter: must lie in 10...100000, found 0"
            ]),
    ]
}
