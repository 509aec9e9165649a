import Execution
import MaintenanceAPI
import Modbus
import Testing

@Suite struct ModbusIdentityTests {
    private let request = ModbusIdentifyRequest(bus: "b", unit: 3)
    private static let texts: [UInt8: String] = [
        0: "Eastron", 1: "SDM120", 2: "V2.1", 5: "SDM120M", 0x80: "factory 7",
    ]

    /// A device that hands out one object a page, up to `last`, in the categories it knows.
    private func device(
        knows categories: Set<IdentificationCategory>, last: UInt8 = 0x80
    ) -> (ModbusExchange) async throws(Problem) -> ModbusAnswer {
        { exchange throws(Problem) in
            guard case .readDeviceIdentification(let category, let first) = exchange.request,
                categories.contains(category)
            else { throw Problem(.badAnswer, "exception 3") }
            let numbers = Self.texts.keys.filter { $0 <= last }.sorted()
            guard let number = numbers.first(where: { $0 >= first }) else {
                throw Problem(.badAnswer, "exception 2")
            }
            if category == .individual, number != first {
                throw Problem(.badAnswer, "exception 2")
            }
            var answer = ModbusAnswer(bus: "b", unit: 3, time: 0, busMilliseconds: 1)
            answer.objects = [IdentityObject(number: Int(number), text: Self.texts[number] ?? "")]
            if category != .individual {
                answer.nextObject = numbers.first { $0 > number }.map(Int.init)
            }
            return answer
        }
    }

    @Test(
        arguments: [
            [.extended, .regular, .basic], [.regular, .basic], [.basic],
        ] as [Set<IdentificationCategory>])
    func followsAllPagesOfWhatTheDeviceKnows(categories: Set<IdentificationCategory>) async throws {
        let identity = try await request.identity(by: device(knows: categories))
        #expect(identity.objects.map(\.number) == [0, 1, 2, 5, 0x80])
        #expect(
            identity.objects.map(\.name) == ["vendor", "productCode", "revision", "model", nil])
        #expect(identity.objects[1].text == "SDM120")
    }

    @Test func asksOneByOneWhereThatIsAllADeviceKnows() async throws {
        let identity = try await request.identity(by: device(knows: [.individual]))
        #expect(identity.objects.map(\.number) == [0, 1, 2, 5])
    }

    @Test func aDeviceThatDoesNotKnowFunction43IsSaidToBeSo() async throws {
        await #expect(throws: Problem.self) {
            try await request.identity(by: device(knows: []))
        }
    }

    @Test func aDeviceThatGoesInCirclesIsLeft() async throws {
        var asked = 0
        let identity = try await request.identity { _ throws(Problem) in
            asked += 1
            var answer = ModbusAnswer(bus: "b", unit: 3, time: 0, busMilliseconds: 1)
            answer.objects = [IdentityObject(number: 0, text: "round")]
            answer.nextObject = 0
            return answer
        }
        #expect(identity.objects.count == 1)
        #expect(asked == 1)
    }
}
