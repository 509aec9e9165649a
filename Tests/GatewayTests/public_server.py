"""Serves known registers with pymodbus, a Modbus implementation this project did not write.

    public_server.py tcp PORT    listens on 127.0.0.1:PORT
    public_server.py rtu PATH    a pseudo-terminal, reached through a symbolic link at PATH

Prints "ready" and runs until it is ended.
"""

import asyncio
import os
import sys
import threading
import tty

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

# The input registers of an Eastron SDM120, by address on the wire.
FLOATS = {
    0: 230.5, 6: 4.25, 12: 975.0, 18: 979.625, 24: -93.75, 30: 0.9953, 70: 49.98,
    72: 1234.5, 74: 0.125, 76: 17.75, 78: 2.5, 342: 1234.625, 344: 20.25,
}
# Holding registers that are read raw.
HOLDING = [0x1234, 0xABCD, 0xFFFE, 7]


def device():
    return SimDevice(
        id=5,
        simdata=(
            [SimData(0, values=[True, False, True], datatype=DataType.BITS)],
            [SimData(0, values=[False], datatype=DataType.BITS)],
            [SimData(0, values=HOLDING, datatype=DataType.UINT16)],
            [
                SimData(address, values=value, datatype=DataType.FLOAT32)
                for address, value in FLOATS.items()
            ],
        ),
    )


def terminal_pair(path):
    """Two pseudo-terminals joined like a cable; the far end's name is linked at `path`."""
    ends = [os.openpty(), os.openpty()]
    for _, terminal in ends:
        tty.setraw(terminal)

    def copy(source, target):
        while True:
            os.write(target, os.read(source, 1024))

    for source, target in (ends, ends[::-1]):
        threading.Thread(target=copy, args=(source[0], target[0]), daemon=True).start()
    os.symlink(os.ttyname(ends[1][1]), path)
    return os.ttyname(ends[0][1])


async def main(kind, place):
    if kind == "tcp":
        server = ModbusTcpServer(device(), address=("127.0.0.1", int(place)))
    else:
        server = ModbusSerialServer(
            device(), framer=FramerType.RTU, port=terminal_pair(place), baudrate=9600
        )
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
