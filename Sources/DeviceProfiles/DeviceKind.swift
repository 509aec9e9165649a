/// What a device is for. The raw value is the word of documents and of the wire; never rename.
package enum DeviceKind: String, Hashable, Sendable, CaseIterable {
    case electricityMeter = "electricity-meter"
    case heatMeter = "heat-meter"
    case waterMeter = "water-meter"
    case gasMeter = "gas-meter"
    case pulseCounter = "pulse-counter"
    case charger
    case lightController = "light-controller"
    case lockerController = "locker-controller"
    case accessControl = "access-control"
    case environmentSensor = "environment-sensor"
    case gasDetector = "gas-detector"
    case leakSensor = "leak-sensor"
    case levelSensor = "level-sensor"
    case binSensor = "bin-sensor"
    case parkingSensor = "parking-sensor"
}
