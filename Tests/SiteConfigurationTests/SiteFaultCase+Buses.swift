extension SiteFaultCase {
    /// Faults of buses.
    static let buses: [SiteFaultCase] = [
        SiteFaultCase(
            "baudRate: 9600", "baudRate: 9601",
            [
                "site.yaml:9:43: buses.riser-1.baudRate: no serial port runs at 9601; known are 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600"
            ]),
        SiteFaultCase(
            "baudRate: 9600", "boudRate: 9600",
            [
                #"site.yaml:9:33: buses.riser-1.boudRate: unknown key; did you mean "baudRate"?"#
            ]),
        SiteFaultCase(
            "parity: even", "parity: mark",
            [
                #"site.yaml:9:57: buses.riser-1.parity: unknown word "mark"; known are even, none, odd"#
            ]),
        SiteFaultCase(
            "stopBits: 2", "stopBits: 3",
            [
                "site.yaml:10:78: buses.riser-2.stopBits: must lie in 1...2, found 3"
            ]),
        SiteFaultCase(
            "serial: RS485-1", "serial: RS485-3",
            [
                #"site.yaml:9:24: buses.riser-1.serial: the board has no port of this name; known are RS485-1, RS485-2"#
            ]),
        SiteFaultCase(
            "serial: /dev/ttyUSB0", "serial: /dev/../etc/x",
            [
                "site.yaml:10:24: buses.riser-2.serial: must be the full path of a device, such as /dev/ttyUSB0"
            ]),
        SiteFaultCase(
            "serial: /dev/ttyUSB0", "serial: /dev/ttyTEST1",
            [
                "site.yaml:10:3: buses.riser-2: /dev/ttyTEST1 is already the bus riser-1"
            ]),
        SiteFaultCase(
            "rs485: kernel", "rs485: gpio",
            [
                #"site.yaml:10:88: buses.riser-2.rs485: unknown word "gpio"; known are automatic, kernel"#
            ]),
        SiteFaultCase(
            #"garage:     {tcp: "[fd00:10::30]:502"}"#, #"garage:     {tcp: "192.168.10.20"}"#,
            [
                "site.yaml:12:3: buses.garage: 192.168.10.20:502 is already the bus plant-room"
            ]),
        SiteFaultCase(
            #"tcp: "192.168.10.20:502""#, #"tcp: "[FD00:10:0::30]:502""#,
            [
                "site.yaml:12:3: buses.garage: [fd00:10::30]:502 is already the bus plant-room"
            ]),
        SiteFaultCase(
            #"rtuOverTCP: "192.168.10.40:4001""#, #"rtuOverTCP: "192.168.10.40""#,
            [
                "site.yaml:13:28: buses.tunnel.rtuOverTCP: the port is missing; write host:port"
            ]),
        SiteFaultCase(
            #""[fd00:10::30]:502""#, "fd00:10::30",
            [
                #"site.yaml:12:21: buses.garage.tcp: write an IPv6 address in brackets, as in "[fd00::1]:502""#
            ]),
        SiteFaultCase(
            #""[fd00:10::30]:502""#, "[fd00]:502",
            [
                "site.yaml:12:21: an address with brackets needs quotes"
            ]),
        SiteFaultCase(
            #""[fd00:10::30]:502""#, #""[fd00:10::3x]:502""#,
            [
                #"site.yaml:12:21: buses.garage.tcp: "fd00:10::3x" is not an IPv6 address"#
            ]),
        SiteFaultCase(
            #""192.168.10.20:502""#, #""192.168.10.256:502""#,
            [
                #"site.yaml:11:21: buses.plant-room.tcp: "192.168.10.256" is not an IPv4 address"#
            ]),
        SiteFaultCase(
            #""192.168.10.20:502""#, #""plant_room:502""#,
            [
                #"site.yaml:11:21: buses.plant-room.tcp: "plant_room" is not a host name"#
            ]),
        SiteFaultCase(
            #""192.168.10.20:502""#, #""192.168.10.20:70000""#,
            [
                #"site.yaml:11:21: buses.plant-room.tcp: "70000" is not a port; ports are 1...65535"#
            ]),
        SiteFaultCase(
            #""192.168.10.20:502""#, #""192.168.10.20:0""#,
            [
                #"site.yaml:11:21: buses.plant-room.tcp: "0" is not a port; ports are 1...65535"#
            ]),
        SiteFaultCase(
            #"{tcp: "192.168.10.20:502", responseTimeout: 2s}"#, "{}",
            [
                "site.yaml:11:3: buses.plant-room: a bus needs one of serial, tcp and rtuOverTCP, found none"
            ]),
        SiteFaultCase(
            #"{tcp: "[fd00:10::30]:502"}"#,
            #"{tcp: "[fd00:10::30]:502", serial: RS485-2, baudRate: 9600}"#,
            [
                "site.yaml:12:3: buses.garage: a bus needs one of serial, tcp and rtuOverTCP, found serial and tcp"
            ]),
        SiteFaultCase(
            #"{tcp: "[fd00:10::30]:502"}"#, #"{tcp: "[fd00:10::30]:502", baudRate: 9600}"#,
            [
                "site.yaml:12:42: buses.garage.baudRate: belongs to a serial bus only"
            ]),
        SiteFaultCase(
            #"{tcp: "[fd00:10::30]:502"}"#, #"{mbus: "[fd00:10::30]:502"}"#,
            [
                "site.yaml:12:3: buses.garage: a bus needs one of serial, tcp and rtuOverTCP, found none",
                "site.yaml:12:16: buses.garage.mbus: M-Bus is not supported by this version; only Modbus",
            ]),
        SiteFaultCase(
            "responseTimeout: 2s", "responseTimeout: 5ms",
            [
                "site.yaml:11:59: buses.plant-room.responseTimeout: must lie in 10ms...1m, found 5ms"
            ]),
        SiteFaultCase(
            "responseTimeout: 2s", "responseTimeout: 2s, lateAnswerLimit: 1s",
            [
                "site.yaml:11:80: buses.plant-room.lateAnswerLimit: must not be shorter than responseTimeout"
            ]),
        SiteFaultCase(
            "  garage:", "  Garage 1:",
            [
                #"site.yaml:12:3: buses.Garage 1: the name must be 1 to 64 lower-case letters, digits, "-", "_" or ".", the first a letter or digit"#,
                #"site.yaml:22:49: devices.charger-1.bus: unknown bus "garage"; did you mean "Garage 1"?"#,
            ]),
        SiteFaultCase(
            "  riser-2:", "  riser-1:",
            [
                "site.yaml:10:3: buses.riser-1: is given twice, first on line 9",
                #"site.yaml:18:50: devices.b1-heat.bus: unknown bus "riser-2"; known are garage, plant-room, riser-1, tunnel"#,
            ]),
    ]
}
