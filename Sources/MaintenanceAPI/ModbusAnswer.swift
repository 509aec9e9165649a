import Execution
package import Modbus

/// What a device answered to a raw request. Answers `POST /v1/modbus/read` and `/write`.
package struct ModbusAnswer: Codable, Hashable, Sendable {
    package var bus: String
    package var unit: Int
    /// The registers read, in order of their addresses; `nil` for bits and writes.
    package var registers: [UInt16]?
    /// The bits read, in order of their addresses.
    package var bits: [Bool]?
    /// The objects by which a device identifies itself, as far as one answer holds them.
    package var objects: [IdentityObject]?
    /// The number of the object to ask for next, where there are more.
    package var nextObject: Int?
    /// When the answer arrived, in milliseconds since 1970.
    package var time: Int64
    /// How long the bus was taken.
    package var busMilliseconds: Double

    package init(
        bus: String, unit: Int, registers: [UInt16]? = nil, bits: [Bool]? = nil, time: Int64,
        busMilliseconds: Double
    ) {
        self.bus = bus
        self.unit = unit
        self.registers = registers
        self.bits = bits
        self.time = time
        self.busMilliseconds = busMilliseconds
    }

    /// The answer to an exchange.
    package init(_ reply: ModbusReply, to exchange: ModbusExchange) {
        self.init(
            bus: exchange.bus, unit: Int(exchange.unit.rawValue),
            time: reply.arrival.wall.timestamp.milliseconds,
            busMilliseconds: reply.busTime.inSeconds * 1_000)
        switch reply.response {
        case .registers(let words): registers = words
        case .bits(let values): bits = values
        case .identification(let identification):
            objects = identification.objects.sorted { $0.key < $1.key }.map {
                IdentityObject(number: Int($0.key), text: $0.value)
            }
            nextObject = identification.next.map(Int.init)
        case .written: break
        }
    }
}

extension Problem {
    /// Why an exchange has no answer.
    package init(_ error: ModbusError, in exchange: ModbusExchange) {
        let place = "unit \(exchange.unit) on \(exchange.bus)"
        switch error {
        case .timeout(let busTime):
            self.init(
                .noAnswer, "\(place) did not answer within \(busTime.milliseconds) ms",
                hint: "check the unit's address, its wires and power, and the bus's baud rate")
        case .exception(let exception):
            self.init(
                .badAnswer, "\(place) answered with exception \(exception.words)",
                hint: exception.hint)
        case .corrupt(let fault):
            self.init(
                .badAnswer, "\(place): \(fault.words)", hint: fault.hint)
        case .disconnected(let errno):
            self.init(
                .busUnavailable, "\(exchange.bus) is not connected: \(SystemError.text(errno))",
                hint: "check the line or the address of the bus; `linli status` shows its state")
        case .resting:
            self.init(
                .noAnswer,
                "a late or doubled answer of unit \(exchange.unit) on \(exchange.bus) could be taken "
                    + "for this one",
                hint: "`linli buses` says whether answers come late or twice; try again in some "
                    + "seconds")
        case .cancelled:
            self.init(.notReady, "\(exchange.bus) is being restarted", hint: "try again")
        case .queueFull:
            self.init(
                .busUnavailable, "too many requests wait for \(exchange.bus)", hint: "try again")
        }
    }
}

extension FrameFault {
    fileprivate var words: String {
        switch self {
        case .checksum: "the answer has a wrong checksum"
        case .truncated: "the answer broke off"
        case .foreignUnit: "another unit answered"
        case .foreignFunction: "the answer is to another function"
        case .foreignTransaction: "the answer bears another transaction identifier"
        case .length: "the answer has a wrong length"
        case .garbage: "what came is not the answer of a Modbus server"
        case .unasked: "answers arrive that nobody asked for, so this one is not believed"
        }
    }

    fileprivate var hint: String {
        switch self {
        case .foreignUnit:
            "over TCP: ask the unit that the device answers with, or mend the gateway's routing; "
                + "on a line: look for two devices of one address"
        case .foreignTransaction:
            "a gateway that numbers its answers itself: `linli buses` says whether the bus has "
                + "learnt how; else set connection: {transactions: unchecked} for the bus"
        case .unasked:
            "look for a repeater that sends twice, or for another client on the line"
        case .checksum, .truncated, .foreignFunction, .length, .garbage:
            "check the baud rate, parity, termination, and that no two units share an address"
        }
    }
}

extension ModbusException {
    /// The number and the standard's words, for example `2 (illegal data address)`.
    /// Source: V1.1b3, section 7.
    package var words: String {
        let name: String? =
            switch self {
            case .illegalFunction: "illegal function"
            case .illegalDataAddress: "illegal data address"
            case .illegalDataValue: "illegal data value"
            case .serverDeviceFailure: "server device failure"
            case .acknowledge: "acknowledge"
            case .serverDeviceBusy: "server device busy"
            case .negativeAcknowledge: "negative acknowledge"
            case .memoryParityError: "memory parity error"
            case .gatewayPathUnavailable: "gateway path unavailable"
            case .gatewayTargetFailedToRespond: "gateway target failed to respond"
            default: nil
            }
        return name.map { "\(rawValue) (\($0))" } ?? "\(rawValue)"
    }

    package var hint: String? {
        switch self {
        case .illegalFunction: "the device does not know this table, or does not let it be written"
        case .illegalDataAddress: "the device has no such address; read less, or another table"
        case .illegalDataValue: "the device takes no such value, or not so many at once"
        case .serverDeviceBusy, .acknowledge: "try again in a moment"
        case .gatewayTargetFailedToRespond: "check the unit's address and its wires"
        default: nil
        }
    }
}
