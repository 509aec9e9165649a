import Simulation
import Testing

@Suite struct BrokerAddressTests {
    @Test(
        arguments: [
            ("mqtt://localhost", "localhost", 1_883, false),
            ("mqtts://broker.example", "broker.example", 8_883, true),
            ("mqtts://127.0.0.1:18883", "127.0.0.1", 18_883, true),
            ("mqtt://[::1]:1884/", "::1", 1_884, false), ("mqtt://[::1]", "::1", 1_883, false),
        ] as [(String, String, UInt16, Bool)])
    func readsAnAddress(text: String, host: String, port: UInt16, isEncrypted: Bool) throws {
        let address = try #require(BrokerAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isEncrypted == isEncrypted)
    }

    @Test(arguments: [
        "", "localhost:1883", "http://a", "mqtt://", "mqtt://a:0", "mqtt://a:65536", "mqtt://a:b",
        "mqtt://[::1", "mqtt://[::1]x", "mqtt://a b", "mqtt://:1883", "mqtt://u@h",
    ])
    func refusesWhatIsNone(text: String) {
        #expect(BrokerAddress(text) == nil)
    }
}
