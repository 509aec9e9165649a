import Modbus

/// Asks a device what it is, with function 43/14. The body of `POST /v1/modbus/identify`.
package struct ModbusIdentifyRequest: Codable, Hashable, Sendable {
    package var bus: String
    /// 0 to 255; 0 only over Modbus TCP, where it is the server itself.
    package var unit: Int

    package init(bus: String, unit: Int) {
        self.bus = bus
        self.unit = unit
    }

    /// The most answers that are asked for: far more than the 256 objects need.
    private static let pageLimit = 64

    /// Asks for everything, and for less where the device refuses: many know only the basic
    /// objects, and some only one at a time.
    package func identity(
        by exchange: (ModbusExchange) async throws(Problem) -> ModbusAnswer
    ) async throws(Problem) -> DeviceIdentity {
        let unit = try ModbusExchange.unit(unit)
        var identity = DeviceIdentity(bus: bus, unit: self.unit, objects: [])
        var refusal: Problem?
        for category in [IdentificationCategory.extended, .regular, .basic] {
            do throws(Problem) {
                identity.objects = try await pages(of: category, unit: unit, by: exchange)
                return identity
            } catch {
                guard error.type == Problem.Kind.badAnswer.type else { throw error }
                refusal = error
            }
        }
        for number in UInt8(0)...6 {
            do throws(Problem) {
                let request = ModbusRequest.readDeviceIdentification(.individual, from: number)
                let answer = try await exchange(
                    ModbusExchange(bus: bus, unit: unit, request: request))
                identity.objects += answer.objects ?? []
            } catch {
                guard error.type == Problem.Kind.badAnswer.type else { throw error }
            }
        }
        guard identity.objects.isEmpty else { return identity }
        throw Problem(
            .badAnswer, "unit \(unit) on \(bus) does not say what it is",
            hint: "many devices do not know function 43; the last answer was: "
                + (refusal?.detail ?? "none"))
    }

    private func pages(
        of category: IdentificationCategory, unit: UnitIdentifier,
        by exchange: (ModbusExchange) async throws(Problem) -> ModbusAnswer
    ) async throws(Problem) -> [IdentityObject] {
        var objects: [IdentityObject] = []
        var next: UInt8 = 0
        for _ in 0..<Self.pageLimit {
            let request = ModbusRequest.readDeviceIdentification(category, from: next)
            let answer = try await exchange(ModbusExchange(bus: bus, unit: unit, request: request))
            let known = Set(objects.map(\.number))
            objects += (answer.objects ?? []).filter { !known.contains($0.number) }
            // A device that says "more follows" without going on must not be asked for ever.
            guard let more = answer.nextObject.flatMap(UInt8.init(exactly:)), more > next else {
                break
            }
            next = more
        }
        return objects.sorted { $0.number < $1.number }
    }
}

/// How a device identifies itself. Answers `POST /v1/modbus/identify`.
package struct DeviceIdentity: Codable, Hashable, Sendable {
    package var bus: String
    package var unit: Int
    /// In the order of their numbers.
    package var objects: [IdentityObject]

    package init(bus: String, unit: Int, objects: [IdentityObject]) {
        self.bus = bus
        self.unit = unit
        self.objects = objects
    }
}

/// One object of a device's identification. Source of the names: V1.1b3, section 6.21.
package struct IdentityObject: Codable, Hashable, Sendable {
    /// 0 to 255.
    package var number: Int
    /// `vendor`, `productCode`, `revision`, `url`, `productName`, `model`, `application`; left out
    /// for the maker's own.
    package var name: String?
    package var text: String

    private static let names = [
        "vendor", "productCode", "revision", "url", "productName", "model", "application",
    ]

    package init(number: Int, text: String) {
        self.number = number
        name = Self.names.indices.contains(number) ? Self.names[number] : nil
        self.text = text
    }
}
