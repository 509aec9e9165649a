import Documents

/// What people write for a time zone that the database knows by the name of another city.
enum TimeZoneNames {
    /// The zone that a city, a country or an abbreviation stands for; `nil` where it is not known.
    static func zone(meantBy text: String) -> String? {
        let word = text.split(separator: "/").last.map(String.init) ?? text
        let plain = word.lowercased().filter { !" _-()'.市".contains($0) }
        if let zone = offsets[text.lowercased().filter { $0 != " " }] { return zone }
        if let zone = zones[plain] { return zone }
        // One letter wrong in a word of some length is still that word.
        guard plain.count > 5 else { return nil }
        return zones.keys.sorted().first { isNear($0, plain) }.flatMap { zones[$0] }
    }

    /// A typing error of one or two letters; more would be another place.
    static func suggestion(for text: String, among names: [String]) -> String {
        let near = names.sorted().first { isNear($0.lowercased(), text.lowercased()) }
        return near.map { "; did you mean \"\($0)\"?" } ?? "; zones are written as Asia/Shanghai"
    }

    private static let offsets = [
        "cst": "Asia/Shanghai", "cst-8": "Asia/Shanghai", "cst+8": "Asia/Shanghai",
        "prc": "Asia/Shanghai", "gmt+8": "Asia/Shanghai",
        "utc+8": "Asia/Shanghai", "utc+08:00": "Asia/Shanghai", "+08:00": "Asia/Shanghai",
        "+8": "Asia/Shanghai", "chinastandardtime": "Asia/Shanghai", "gmt": "UTC", "z": "UTC",
    ]

    private static let zones: [String: String] = {
        var zones: [String: String] = [:]
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            for word in words.dropFirst() { zones[String(word)] = String(words[0]) }
        }
        return zones
    }()

    private static let table = """
        Asia/Shanghai beijing peking 北京 上海 shenzhen 深圳 guangzhou 广州 canton tianjin 天津 chongqing 重庆 chungking jinan 济南 qingdao 青岛 hangzhou 杭州 nanjing 南京 wuhan 武汉 chengdu 成都 xian 西安 suzhou 苏州 harbin 哈尔滨 shenyang 沈阳 dalian 大连 xiamen 厦门 fuzhou 福州 changsha 长沙 zhengzhou 郑州 kunming 昆明 hefei 合肥 lhasa 拉萨 china 中国
        Asia/Hong_Kong hongkong 香港 kowloon
        Asia/Taipei taiwan 台北 taipeh kaohsiung
        Asia/Kolkata mumbai bombay delhi newdelhi bangalore bengaluru chennai hyderabad pune india
        Asia/Ho_Chi_Minh hanoi saigon danang vietnam
        Asia/Tokyo osaka kyoto nagoya japan 东京
        Asia/Seoul busan korea incheon
        Asia/Dubai abudhabi sharjah uae
        Asia/Karachi islamabad lahore pakistan
        Asia/Riyadh jeddah mecca saudiarabia
        Asia/Almaty astana nursultan
        Europe/Berlin munich muenchen münchen frankfurt hamburg cologne köln stuttgart germany
        Europe/Rome milan milano turin naples italy
        Europe/Madrid barcelona valencia seville spain
        Europe/Zurich geneva basel bern switzerland zürich
        Europe/Moscow stpetersburg saintpetersburg
        Europe/Istanbul ankara izmir turkey
        Europe/London manchester birmingham edinburgh england uk
        Europe/Warsaw krakow cracow gdansk poland
        America/New_York washington washingtondc boston miami atlanta philadelphia
        America/Chicago houston dallas austin
        America/Los_Angeles sanfrancisco seattle sandiego lasvegas
        America/Toronto ottawa montreal
        America/Sao_Paulo rio riodejaneiro brasilia
        Australia/Sydney canberra
        Africa/Johannesburg capetown pretoria durban
        """
}
