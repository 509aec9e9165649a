package import FoundationEssentials

/// How the maintenance interface writes and reads JSON: one line, keys in order.
package enum MaintenanceJSON {
    package static func encode(_ value: some Encodable) throws(EncodingError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(value)
        } catch let error as EncodingError {
            throw error
        } catch {
            preconditionFailure("a JSON encoder throws nothing but EncodingError: \(error)")
        }
    }

    package static func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data
    ) throws(DecodingError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw error
        } catch {
            preconditionFailure("a JSON decoder throws nothing but DecodingError: \(error)")
        }
    }
}
