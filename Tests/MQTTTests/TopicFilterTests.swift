import MQTT
import Testing

@Suite struct TopicFilterTests {
    /// The examples of MQTT 3.1.1, section 4.7, and of 5.0, section 4.8.2.
    @Test(arguments: [
        ("sport/tennis/player1/#", "sport/tennis/player1", true),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking", true),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
        ("sport/#", "sport", true), ("sport/#", "sports", false), ("#", "sport/tennis", true),
        ("sport/tennis/+", "sport/tennis/player1", true),
        ("sport/tennis/+", "sport/tennis/player1/ranking", false),
        ("sport/+", "sport", false), ("sport/+", "sport/", true),
        ("+/+", "/finance", true), ("/+", "/finance", true), ("+", "/finance", false),
        ("#", "$SYS/monitor/Clients", false), ("+/monitor/Clients", "$SYS/monitor/Clients", false),
        ("$SYS/#", "$SYS/monitor/Clients", true),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
        ("ACCOUNTS", "Accounts", false), ("Accounts payable", "Accounts payable", true),
        ("/A", "A", false), ("a/+/b", "a//b", true), ("a//b", "a/b", false), ("/", "/", true),
        ("+/#", "a", true), ("a/+/#", "a", false), ("a/+/#", "a/", true),
        ("$share/city/a/+", "a/b", true), ("$share/city/a/+", "$share/city/a/b", false),
        ("$share/city/#", "$SYS/x", false), ("$share/city//a", "/a", true),
        ("b\u{301}", "b", false),
    ])
    func matchesAsTheStandardSays(filter: String, topic: String, isMatch: Bool) throws {
        #expect(try #require(TopicFilter(filter)).matches(topic) == isMatch)
    }

    @Test(arguments: [
        "", "sport/tennis#", "sport/tennis/#/ranking", "sport+", "+a/b", "a/+b", "##", "#/",
        "a\u{0}b", "$share", "$share/", "$share/city", "$share/city/", "$share//a", "$share/+/a",
        "$share/a#/b", String(repeating: "a", count: 65_536),
    ])
    func whatIsNoFilterIsNone(text: String) {
        #expect(TopicFilter(text) == nil)
    }

    @Test func aTopicHasNoWildcardsAndIsItsOwnFilter() {
        #expect(TopicFilter.isTopic("a//b ") && TopicFilter.isTopic("/"))
        #expect(TopicFilter(topic: "a/b").matches("a/b") && !TopicFilter(topic: "a/b").matches("a"))
        for text in ["", "a/+", "#", "a\u{0}"] { #expect(!TopicFilter.isTopic(text)) }
    }

    /// Two texts that look alike are different topics: bytes are compared.
    @Test func aTopicIsItsBytes() throws {
        let composed = try #require(TopicFilter("caf\u{E9}"))
        #expect(composed.matches("caf\u{E9}") && !composed.matches("cafe\u{301}"))
        #expect(composed != TopicFilter("cafe\u{301}"))
    }
}
