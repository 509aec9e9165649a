extension SiteFaultCase {
    /// Faults of destinations.
    static let destinations: [SiteFaultCase] = [
        SiteFaultCase(
            "certificate: city.pem", "certificate: ctiy.pem",
            [
                "site.yaml:26:63: destinations.city.mqtt.certificate: ctiy.pem cannot be read: No such file or directory"
            ]),
        SiteFaultCase(
            "key: city.key", "key: city.pem",
            [
                "site.yaml:26:78: destinations.city.mqtt.key: city.pem is a certificate, not a key"
            ]),
        SiteFaultCase(
            "certificate: city.pem", "certificate: city.key",
            [
                "site.yaml:26:63: destinations.city.mqtt.certificate: city.key is a key, not a certificate"
            ]),
        SiteFaultCase(
            "key: city.key", "key: locked.key",
            [
                "site.yaml:26:78: destinations.city.mqtt.key: locked.key is encrypted; the gateway has no passphrase"
            ]),
        SiteFaultCase(
            "key: city.key, ", "",
            [
                #"site.yaml:26:50: destinations.city.mqtt.certificate: needs its key; add "key""#
            ]),
        SiteFaultCase(
            "certificate: city.pem, ", "",
            [
                #"site.yaml:26:50: destinations.city.mqtt.key: needs its certificate; add "certificate""#
            ]),
        SiteFaultCase(
            "authority: city-ca.pem", "authority: empty",
            [
                "site.yaml:26:99: destinations.city.mqtt.authority: empty is empty"
            ]),
        SiteFaultCase(
            "authority: city-ca.pem", "authority: /dev/null",
            [
                "site.yaml:26:99: destinations.city.mqtt.authority: /dev/null is not a file"
            ]),
        SiteFaultCase(
            "authority: city-ca.pem", "authority: .",
            [
                "site.yaml:26:99: destinations.city.mqtt.authority: . is not a file"
            ]),
        SiteFaultCase(
            ", authority: city-ca.pem", "",
            [
                #"site.yaml:26:11: destinations.city.mqtt: "authority" is missing: the certificate that the broker's is signed by, such as /etc/ssl/certs/ca-certificates.crt"#
            ]),
        SiteFaultCase(
            "mqtts://platform.example:8883", "mqtt://platform.example",
            [
                "site.yaml:26:44: destinations.city.mqtt.certificate: has no effect with mqtt://; write mqtts://",
                "site.yaml:26:67: destinations.city.mqtt.key: has no effect with mqtt://; write mqtts://",
                "site.yaml:26:82: destinations.city.mqtt.authority: has no effect with mqtt://; write mqtts://",
            ]),
        SiteFaultCase(
            "mqtts://platform.example:8883", "http://platform.example",
            [
                "site.yaml:26:17: destinations.city.mqtt.url: must be a URL such as mqtts://platform.example:8883"
            ]),
        SiteFaultCase(
            "mqtts://platform.example:8883", "mqtts://u:p@platform.example",
            [
                "site.yaml:26:17: destinations.city.mqtt.url: a user does not belong in the URL; write user and passwordFile"
            ]),
        SiteFaultCase(
            "mqtts://platform.example:8883", "mqtts://platform.example/x",
            [
                "site.yaml:26:17: destinations.city.mqtt.url: must end after the port"
            ]),
        SiteFaultCase(
            "mqtts://platform.example:8883", "mqtts://",
            [
                "site.yaml:26:17: destinations.city.mqtt.url: the host is missing"
            ]),
        SiteFaultCase(
            "mqtts://platform.example:8883", "mqtts://platform.example:99999",
            [
                #"site.yaml:26:17: destinations.city.mqtt.url: "99999" is not a port; ports are 1...65535"#
            ]),
        SiteFaultCase(
            "version: 5", "version: 4",
            [
                #"site.yaml:30:46: destinations.heat-company.mqtt.version: unknown word "4"; known are 3.1.1, 5"#
            ]),
        SiteFaultCase(
            "user: heat, ", "",
            [
                #"site.yaml:30:49: destinations.heat-company.mqtt.passwordFile: needs a user; add "user""#
            ]),
        SiteFaultCase(
            "passwordFile: heat.password", "passwordFile: blank",
            [
                "site.yaml:30:75: destinations.heat-company.mqtt.passwordFile: blank has an empty first line"
            ]),
        SiteFaultCase(
            "passwordFile: heat.password", "passwordFile: empty",
            [
                "site.yaml:30:75: destinations.heat-company.mqtt.passwordFile: empty is empty"
            ]),
        SiteFaultCase(
            "keepAlive: 1m", "keepAlive: 1500ms",
            [
                "site.yaml:30:101: destinations.heat-company.mqtt.keepAlive: must lie in 5s...1h, found 1500ms"
            ]),
        SiteFaultCase(
            "keepAlive: 1m", "keepAlive: 1m, clientID: a/b",
            [
                #"site.yaml:30:115: destinations.heat-company.mqtt.clientID: must be 1 to 128 letters, digits, "-", "_", "." or ":""#
            ]),
        SiteFaultCase(
            "format: linli\n", "format: senml\n",
            [
                "site.yaml:27:13: destinations.city.format: senml is not supported by this version; known are linli, linli-json, linli-json/2, thingsboard"
            ]),
        SiteFaultCase(
            "format: linli\n", "format: sparkplug\n",
            [
                "site.yaml:27:13: destinations.city.format: sparkplug is not supported by this version; known are linli, linli-json, linli-json/2, thingsboard"
            ]),
        SiteFaultCase(
            "format: linli\n", "format: linly\n",
            [
                #"site.yaml:27:13: destinations.city.format: unknown word "linly"; did you mean "linli"?"#
            ]),
        SiteFaultCase(
            "format: linli\n", "",
            [
                "site.yaml:27:9: is indented deeper than line 26, which has its value already; begin both in the same column"
            ]),
        SiteFaultCase(
            "    share: everything\n", "",
            [
                #"site.yaml:26:5: destinations.city: "share" is missing"#
            ]),
        SiteFaultCase(
            "share: everything", "share: everthing",
            [
                #"site.yaml:28:12: destinations.city.share: unknown word "everthing"; did you mean "everything"?"#
            ]),
        SiteFaultCase(
            "share: everything", "share: {}",
            [
                "site.yaml:28:12: destinations.city.share: selects nothing; name kinds, points, devices or every, or write everything"
            ]),
        SiteFaultCase(
            "share: everything", "share: everything\n    pseudonyms: x.key",
            [
                "site.yaml:29:5: destinations.city.pseudonyms: is not supported by this version"
            ]),
        SiteFaultCase(
            "share: everything", "share: everything\n    topic: linli/#",
            [
                "site.yaml:29:12: destinations.city.topic: must be levels such as linli/v1, without +, # or a leading $"
            ]),
        SiteFaultCase(
            "share: everything", "share: everything\n    drain: 0",
            [
                "site.yaml:29:12: destinations.city.drain: must lie in 1...1000, found 0"
            ]),
        SiteFaultCase(
            "share: everything", "share: everything\n    from: 2026-02-30",
            [
                "site.yaml:29:11: destinations.city.from: must be everything, now, or a date such as 2026-12-01"
            ]),
        SiteFaultCase(
            "share: everything", "share: everything\n    undated: sent",
            [
                #"site.yaml:29:14: destinations.city.undated: unknown word "sent"; did you mean "send"?"#
            ]),
        SiteFaultCase(
            "share: everything", "share: everything\n    devicePrefix: jinan/",
            [
                "site.yaml:29:5: destinations.city.devicePrefix: has no effect: only thingsboard has names without a site"
            ]),
        SiteFaultCase(
            "keepAlive: 1m}", "keepAlive: 1m, reconnectWithin: 100ms}",
            [
                "site.yaml:30:122: destinations.heat-company.mqtt.reconnectWithin: must lie in 1s...1h, found 100ms"
            ]),
        SiteFaultCase(
            "kinds: [heat-meter]", "kinds: [heat-metre]",
            [
                #"site.yaml:32:21: destinations.heat-company.share.kinds[0]: unknown word "heat-metre"; did you mean "heat-meter"?"#
            ]),
        SiteFaultCase(
            "kinds: [heat-meter]", "kinds: []",
            [
                "site.yaml:32:20: destinations.heat-company.share.kinds: is empty; leave it out to select all"
            ]),
        SiteFaultCase(
            "kinds: [heat-meter]", "kinds: [gas-meter]",
            [
                "site.yaml:32:12: destinations.heat-company.share: no device of this site has what is selected, so nothing would be shared"
            ]),
        SiteFaultCase(
            "kinds: [heat-meter]", "kinds: [heat-meter, heat-meter]",
            [
                "site.yaml:32:33: destinations.heat-company.share.kinds[1]: is listed twice"
            ]),
        SiteFaultCase(
            "points: [energy.heat.total, volume.total]", "points: [energy.heat.totl]",
            [
                #"site.yaml:32:43: destinations.heat-company.share.points[0]: no device reads "energy.heat.totl"; did you mean "energy.heat.total"?"#
            ]),
        SiteFaultCase(
            "every: 1h}", "every: 7h}",
            [
                "site.yaml:32:84: destinations.heat-company.share.every: above a minute it must divide a day evenly, as 2m, 5m, 15m and 1h do; found 7h"
            ]),
        SiteFaultCase(
            "devices: [substation, charger-1]", "devices: [substation, charger-2]",
            [
                #"site.yaml:37:35: destinations.board-demo.share.devices[1]: unknown device "charger-2"; known are b1-heat, b1-u101-elec, b1-u102-elec, charger-1, gas-room, stair-relays, substation"#
            ]),
        SiteFaultCase(
            "format: thingsboard", "format: thingsboard\n    acknowledge: platform\n    topic: x",
            [
                "site.yaml:37:18: destinations.board-demo.acknowledge: ThingsBoard has no acknowledgement of its own; write broker",
                "site.yaml:38:5: destinations.board-demo.topic: has no effect: ThingsBoard fixes its topics",
            ]),
        SiteFaultCase(
            #"mqtt: {url: "mqtt://10.0.0.9:1883"}"#, #"https: {url: "https://heat.example"}"#,
            [
                "site.yaml:35:5: destinations.board-demo.https: HTTPS is not supported by this version; only mqtt"
            ]),
        SiteFaultCase(
            #"mqtt: {url: "mqtt://10.0.0.9:1883"}"#,
            #"mqtt: {url: "mqtts://PLATFORM.example", authority: city-ca.pem, clientID: jn-lixia-0042-city}"#,
            [
                "site.yaml:34:3: destinations.board-demo: has the client identifier jn-lixia-0042-city, as city has on the same broker; set clientID"
            ]),
    ]
}
