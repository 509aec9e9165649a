"""Devices as installers met them: frames, servers, terminals. Only bytes and sockets, no library."""
import os, random, socket, struct, threading, time, tty

TRUTH = {0: 2300, 10: 51, 20: 1173, 30: 500}  # 230.0 V, 5.1 A, 1173 W, 50.0 Hz


def crc(data):
    rest = 0xFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = (rest >> 1) ^ 0xA001 if rest & 1 else rest >> 1
    return struct.pack("<H", rest)


def rtu(unit, pdu):
    body = bytes([unit]) + pdu
    return body + crc(body)


def tcp(transaction, unit, pdu):
    return struct.pack(">HHHB", transaction & 0xFFFF, 0, len(pdu) + 1, unit) + pdu


def answer(pdu, registers):
    """What an honest server answers; registers is a dictionary, and is written to."""
    function = pdu[0]
    if function == 0x2B:
        return bytes([function | 0x80, 1])
    address, count = struct.unpack(">HH", pdu[1:5])
    if function in (3, 4):
        words = b"".join(struct.pack(">H", registers.get(address + i, 0) & 0xFFFF) for i in range(count))
        return bytes([function, 2 * count]) + words
    if function in (1, 2):
        bits = bytearray((count + 7) // 8)
        for i in range(count):
            if registers.get(address + i, 0):
                bits[i // 8] |= 1 << (i % 8)
        return bytes([function, len(bits)]) + bytes(bits)
    if function == 5:
        registers[address] = int(count == 0xFF00)
    elif function == 6:
        registers[address] = count
    elif function == 15:
        for i in range(count):
            registers[address + i] = pdu[6 + i // 8] >> (i % 8) & 1
    elif function == 16:
        for i in range(count):
            registers[address + i] = struct.unpack(">H", pdu[6 + 2 * i : 8 + 2 * i])[0]
    else:
        return bytes([function | 0x80, 1])
    return pdu[:5]


def exactly(read, count):
    data = b""
    while len(data) < count:
        more = read(count - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def tcp_requests(client):
    """(transaction, unit, pdu) of each request on a connection."""
    while True:
        head = exactly(client.recv, 7)
        transaction, _, length, unit = struct.unpack(">HHHB", head)
        yield transaction, unit, exactly(client.recv, length - 1)


def rtu_requests(read):
    """(unit, pdu, frame) of each request on a line; one with a wrong checksum is passed over."""
    while True:
        frame = exactly(read, 8)
        if frame[1] in (15, 16):
            frame += exactly(read, frame[6] + 1)
        if crc(frame[:-2]) == frame[-2:]:
            yield frame[0], frame[1:-2], frame


def background(body, *arguments):
    threading.Thread(target=body, args=arguments, daemon=True).start()


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    return listener


def serve(handle):
    """Serves each connection with handle(client, number) on a thread; returns the port."""
    listener = listen()

    def one(client, number):
        try:
            handle(client, number)
        except (ConnectionError, OSError):
            pass
        finally:
            client.close()

    def accept():
        number = 0
        while True:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number += 1
            background(one, client, number)

    background(accept)
    return listener.getsockname()[1]


def terminal(link, handle):
    """A pseudo-terminal at link, served by handle(read, write)."""
    master, client = os.openpty()
    tty.setraw(master)
    tty.setraw(client)
    os.symlink(os.ttyname(client), link)

    def run():
        handle(lambda count: os.read(master, count), lambda data: os.write(master, data))
        os.close(client)  # Kept until then: a line outlasts who uses it.

    background(run)


class Sender:
    """Sends in order, each at its time: a device goes on reading while an answer is under way."""

    def __init__(self, send):
        self.send, self.queue, self.ready = send, [], threading.Condition()
        background(self.run)

    def at(self, moment, data):
        with self.ready:
            self.queue.append((moment, len(self.queue), data))
            self.ready.notify()

    def run(self):
        number = 0
        while True:
            with self.ready:
                while not self.queue:
                    self.ready.wait()
                self.queue.sort()
                moment, _, data = self.queue.pop(0)
            number += 1
            time.sleep(max(0, moment - time.monotonic()))
            try:
                self.send(data)
            except OSError:
                return
