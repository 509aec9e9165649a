import Execution
import Glibc
import MQTT
import Telemetry

extension BrokerAccess.Login {
    /// The user, and the first line of the password file.
    func read() throws(UplinkFault) -> (user: String, password: String?) {
        guard user.utf8.count <= SentPacket.longestText else {
            throw .notAuthorized("the user is longer than MQTT allows")
        }
        guard let passwordFile = password?.path else { return (user, nil) }
        guard let file = fopen(passwordFile, "re") else {
            throw .notAuthorized(
                "the password file \(passwordFile) cannot be read: "
                    + SystemError.text(errno))
        }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        guard fgets(&line, CInt(line.count), file) != nil else {
            throw .notAuthorized("the password file \(passwordFile) is empty")
        }
        let text = line.prefix { ![0, 10, 13].contains($0) }.map { UInt8(bitPattern: $0) }
        return (user, String(decoding: text, as: UTF8.self))
    }
}

extension MQTTConnectionSettings {
    /// Whether every text fits into a packet.
    func check(_ terms: ConnectionTerms) throws(UplinkFault) {
        guard broker.clientID.utf8.count <= SentPacket.longestText else {
            throw .refused("\(broker.clientID.prefix(60))… is longer than MQTT allows")
        }
        guard let will = terms.will else { return }
        guard TopicFilter.isTopic(will.topic), will.payload.count <= SentPacket.longestText else {
            throw .unacceptable("a will cannot go to \(will.topic.prefix(60)), or is too long")
        }
    }
}
