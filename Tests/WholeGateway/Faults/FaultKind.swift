/// What goes wrong in a world.
enum FaultKind: String, CaseIterable {
    case deadDevice, lateDevice, corruptDevice, lyingDevice, busyDevice
    case doubledAnswers, echoes, noise, cutCable, deadServer, refusingServer, resetServer
    case brokerDown, brokerRefuses, brokerMute, brokerDrops, slowBroker
    case lostMessages, lostAccepts, lostAcknowledgements, mixedAcknowledgements
    case powerCut, powerCutAtWrite, powerCutAtStart, restart
    case diskFull, diskFails
    case clockStep, bootWithoutDate
    case chipGone
    case reload, faultyReload
    case gas
}
