import AccessControl
import Crypto
import Execution
import FoundationEssentials
import Testing

struct PickupTokenTests {
    private static let key = Curve25519.Signing.PrivateKey()
    private static let now = WallTime(
        Timestamp(milliseconds: 1_790_000_000_000), isSynchronized: true)

    private static func token(
        site: String = "s1", bank: String = "east", expires: Int64 = 1_790_000_600,
        nonce: String = "n-1", key: Curve25519.Signing.PrivateKey = key
    ) throws -> String {
        let payload = """
            {"site":"\(site)","bank":"\(bank)","compartment":"A01","expires":\(expires),\
            "nonce":"\(nonce)"}
            """
        let head = "linli-pickup.\(base64URL(Data(payload.utf8)))"
        return "\(head).\(base64URL(try key.signature(for: Data(head.utf8))))"
    }

    private static func base64URL(_ data: Data) -> String {
        String(
            data.base64EncodedString().compactMap {
                $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0
            })
    }

    private static func verify(
        _ text: String, at now: WallTime = now
    ) throws(PickupToken.Fault) -> PickupToken {
        try PickupToken(
            verifying: text, key: Array(key.publicKey.rawRepresentation), site: "s1",
            bank: "east", at: now)
    }

    @Test func aGoodTokenIsTaken() throws {
        let token = try Self.verify(try Self.token())
        #expect(token.compartment == "A01")
        #expect(token.nonce == "n-1")
    }

    @Test func eachFaultIsRefused() throws {
        let unknownTime = WallTime(Self.now.timestamp, isSynchronized: false)
        let cases: [(String, WallTime, PickupToken.Fault)] = [
            (try Self.token(site: "s2"), Self.now, .otherPlace),
            (try Self.token(bank: "west"), Self.now, .otherPlace),
            (try Self.token(expires: 1_790_000_000), Self.now, .expired),
            (try Self.token(expires: 1_790_000_000 + 32 * 86_400), Self.now, .tooLong),
            (try Self.token(), unknownTime, .timeUnknown),
            (try Self.token(nonce: ""), Self.now, .malformed),
            (try Self.token(key: Curve25519.Signing.PrivateKey()), Self.now, .badSignature),
            ("linli-pickup.x", Self.now, .malformed), ("", Self.now, .malformed),
        ]
        for (text, time, fault) in cases {
            #expect(throws: fault) { try Self.verify(text, at: time) }
        }
    }

    @Test func theExampleOfThePageIsTaken() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let page = try String(
            contentsOf: folder.appending(
                path: "../../Sources/Gateway/Gateway.docc/PickupTokens.md"),
            encoding: .utf8)
        let lines = page.split(separator: "\n").map { $0.trimmingPrefix("    ") }
        let text = try #require(lines.first { $0.hasPrefix("linli-pickup.ey") })
        let start = try #require(lines.firstIndex(of: "-----BEGIN PUBLIC KEY-----"))
        let key = try #require(Data(base64Encoded: String(lines[start + 1]))).suffix(32)
        let now = WallTime(Timestamp(milliseconds: 1_795_000_000_000), isSynchronized: true)
        let token = try PickupToken(
            verifying: String(text), key: Array(key), site: "jn-lixia-0042", bank: "east-gate",
            at: now)
        #expect(token.compartment == "A07")
        #expect(token.nonce == "7f3c9a52")
        #expect(token.expires == Timestamp(milliseconds: 1_796_000_000_000))
        // What stands between is the same: the payload and the signature of this token.
        let payload = try #require(lines.first { $0.hasPrefix("{\"site\"") })
        #expect(text.contains(Self.base64URL(Data(payload.utf8))))
        let first = try #require(lines.firstIndex { $0.hasPrefix("e6f72b") })
        let bytes = try #require(Data(hexadecimal: lines[first] + lines[first + 1]))
        #expect(text.hasSuffix("." + Self.base64URL(bytes)))
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func aFlippedBitAnywhereIsRefused(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var bytes = Array(try Self.token().utf8)
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] ^= 1 << UInt8.random(in: 0..<7, using: &random)
        let text = String(decoding: bytes, as: UTF8.self)
        // The last character holds bits that belong to no byte: those may differ.
        if place == bytes.count - 1, (try? Self.verify(text)) != nil { return }
        #expect(throws: PickupToken.Fault.self) { try Self.verify(text) }
    }
}

extension Data {
    fileprivate init?(hexadecimal text: some StringProtocol) {
        var bytes: [UInt8] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(bytes)
    }
}
