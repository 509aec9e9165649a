import Execution
import GPIO
import Gateway
import LinuxGPIO
import LinuxSystem
import MQTT
import MQTTUplink
import ModbusTransport
import SiteConfiguration

extension World {
    /// What the gateway has of this world.
    var edges: Edges {
        let boot = VirtualMachine.shared.boot
        return Edges(
            time: time, threads: .virtual, boot: bootName,
            secrets: SeededRandom(seed: random.next()),
            ports: BusPorts(
                open: { link throws(PortError) in
                    guard boot == VirtualMachine.shared.boot,
                        let bus = self.bus(of: link)
                    else { throw PortError(errno: 5) }
                    return try bus.open()
                },
                wait: { pause in
                    let machine = VirtualMachine.shared
                    machine.block(until: machine.now + pause.nanoseconds)
                }),
            chip: { [bootedAt] _, claims, tell in
                self.building.chip.lines(claims, bootedAt: bootedAt, tell)
            },
            uplink: { settings in
                guard let party = self.parties[settings.host] else {
                    preconditionFailure("the site knows its destinations")
                }
                return party.makeUplink()
            },
            codeReader: { _ in
                {
                    await Sleeper.sleep(until: VirtualMachine.shared.now + 250_000_000)
                    return .nothing
                }
            },
            serve: { source, _, onListening in
                await onListening()
                self.source = source
                VirtualMachine.shared.after(.seconds(1)) {
                    guard boot == VirtualMachine.shared.boot else { return }
                    self.isWatching = true
                    self.building.checkValve()
                }
                while !Task.isCancelled {
                    await Sleeper.sleep(until: VirtualMachine.shared.now + 86_400_000_000_000)
                }
            },
            notifier: ServiceNotifier(environment: { _ in nil }))
    }

    private func bus(of link: ModbusTransport.BusLink) -> FieldBus? {
        site.buses.first { ModbusTransport.BusLink(fieldLink: $0.link) == link }
            .flatMap { buses[$0.name] }
    }
}

extension ModbusTransport.BusLink {
    init(fieldLink link: SiteConfiguration.BusLink) {
        switch link {
        case .serial(let path, let settings, let rs485):
            self = .serial(path: path, settings, kernelDirection: rs485)
        case .tcp(let host, let port): self = .tcp(host: host, port: port)
        case .rtuOverTCP(let host, let port): self = .rtuOverTCP(host: host, port: port)
        }
    }
}
