"""What installers met, rebuilt small. Each case varies its kind by the seed; every meter is honest:
its registers hold what field.TRUTH says, so that any other value marked good is wrong."""
import random, socket, struct, time

from scene import readings
from field import TRUTH, Sender, answer, background, exactly, listen, rtu, rtu_requests, serve, tcp, tcp_requests, terminal

CASES = []


def case(body):
    CASES.append(body)
    return body


def each_framing(scene, name, tcp_handler, rtu_handler, *settings, every="1s"):
    """The same device behind Modbus TCP and behind RTU over TCP."""
    for kind, handler in (("tcp", tcp_handler), ("rtuOverTCP", rtu_handler)):
        bus = f"{name}-{kind.lower()}"
        scene.bus(bus, kind, serve(handler), *settings)
        scene.device("m-" + bus, bus, every=every)


def honest_tcp(client, registers=None, unit=None):
    registers = dict(TRUTH) if registers is None else registers
    for transaction, asked, pdu in tcp_requests(client):
        client.sendall(tcp(transaction, asked if unit is None else unit, answer(pdu, registers)))


def late_line(delay, twice=None):
    """Answers an RTU line in order, each after delay() seconds, and again after twice() more."""
    def handle(read, write):
        sender, last = Sender(write), 0.0
        for unit, pdu, _ in rtu_requests(read):
            frame = rtu(unit, answer(pdu, dict(TRUTH)))
            last = max(last, time.monotonic() + delay())
            sender.at(last, frame)
            if twice is not None:
                again = twice()
                if again is not None:
                    sender.at(last + again, frame)
    return handle


def over_tcp(handle):
    return lambda client, number: handle(client.recv, client.sendall)


@case
def forgotten_connections(scene):
    """A connection that is served for a while, and then forgotten without a word."""
    after = scene.random.randint(3, 12)

    def forgets(serve_one):
        def handler(client, number):
            left = after if number == 1 else 10**9
            for reply in serve_one(client):
                left -= 1
                if left >= 0:
                    client.sendall(reply)
        return handler
    each_framing(
        scene, "mute",
        forgets(lambda c: (tcp(t, u, answer(p, TRUTH)) for t, u, p in tcp_requests(c))),
        forgets(lambda c: (rtu(u, answer(p, TRUTH)) for u, p, _ in rtu_requests(c.recv))))
    scene.start()
    for name in ("m-mute-tcp", "m-mute-rtuovertcp"):
        scene.until(lambda: scene.read(name, after), f"{name} is read again over a new connection", 90)


@case
def answers_in_pieces(scene):
    """One answer in two or three pieces, up to 250 ms apart."""
    def pieces(frame, cuts, pause, send):
        for start, end in zip([0, *cuts], [*cuts, len(frame)]):
            send(frame[start:end])
            if end < len(frame):
                time.sleep(pause)

    def in_pieces(cuts, pause):
        def over_mbap(client, number):
            for transaction, unit, pdu in tcp_requests(client):
                pieces(tcp(transaction, unit, answer(pdu, TRUTH)), cuts, pause, client.sendall)

        def over_rtu(client, number):
            for unit, pdu, _ in rtu_requests(client.recv):
                pieces(rtu(unit, answer(pdu, TRUTH)), [min(cut, 5) for cut in cuts], pause, client.sendall)
        return over_mbap, over_rtu
    for number, pause in enumerate((0.04, 0.1, 0.25)):
        cuts = sorted(scene.random.sample(range(1, 6), scene.random.randint(1, 2)))
        each_framing(scene, f"p{number}", *in_pieces(cuts, pause / len(cuts)), every="2s")
    scene.start()
    for name in ("m-p0-tcp", "m-p1-tcp", "m-p2-tcp", "m-p0-rtuovertcp", "m-p1-rtuovertcp", "m-p2-rtuovertcp"):
        scene.until(lambda: scene.read(name), f"{name} is read", 60)


@case
def slow_meters(scene):
    """Meters that need longer than the default time-out, always."""
    delay = scene.random.uniform(0.55, 0.95)

    def slow_tcp(client, number):
        for transaction, unit, pdu in tcp_requests(client):
            time.sleep(delay)
            client.sendall(tcp(transaction, unit, answer(pdu, TRUTH)))
    each_framing(scene, "slow", slow_tcp, over_tcp(late_line(lambda: delay)), every="5s")
    scene.start()
    for name in ("m-slow-tcp", "m-slow-rtuovertcp"):
        scene.until(lambda: scene.read(name), f"{name} ({delay:.2f} s) is read", 90)


@case
def late_answers(scene):
    """Answers that come long after their time-out: always, sometimes, on a line and behind a server."""
    rng = scene.random
    fixed, wide = rng.uniform(1.05, 3.5), random.Random(rng.random())
    for name, delay in (
        ("always", lambda: fixed),
        ("sometimes", lambda: wide.uniform(1.05, 1.6) if wide.random() < 0.2 else 0.05),
        ("anyhow", lambda: wide.choice([0.02, 0.4, 0.7, 1.2, 2.5])),
    ):
        scene.bus(name, "rtuOverTCP", serve(over_tcp(late_line(delay))))
        scene.device("s-" + name, name, every="5s")
        link = f"{scene.folder}/{name}"
        terminal(link, late_line(delay))
        scene.bus("line-" + name, "serial", link, "baudRate: 9600", "parity: none")
        scene.device("l-" + name, "line-" + name, every="5s")
    scene.start()
    scene.stay(60)
    scene.check(sum(scene.good("l-always").values()) > 0, f"a meter that always takes {fixed:.2f} s on a line is read in the end")
    scene.check(sum(scene.good("l-sometimes").values()) > 0, "a meter that is late now and then is read")


@case
def doubled_answers(scene):
    """A repeater that sends each answer twice: at once, soon, or much later; or only now and then."""
    rng = random.Random(scene.random.random())
    for name, delay, twice in (
        ("at-once", lambda: 0.03, lambda: 0.0),
        ("soon", lambda: 0.03, lambda: 0.03),
        ("later", lambda: 0.03, lambda: 0.3),
        ("now-and-then", lambda: 0.03, lambda: rng.choice([None, None, None, 0.02, 0.06])),
        ("any-time", lambda: rng.uniform(0.01, 0.2), lambda: rng.uniform(0, 0.6)),
    ):
        link = f"{scene.folder}/{name}"
        terminal(link, late_line(delay, twice))
        scene.bus("line-" + name, "serial", link, "baudRate: 9600", "parity: none")
        scene.device("l-" + name, "line-" + name, every="2s")
        scene.bus(name, "rtuOverTCP", serve(over_tcp(late_line(delay, twice))))
        scene.device("s-" + name, name, every="2s")
    scene.start()
    scene.stay(40)
    for name in ("at-once", "soon"):
        scene.check(sum(scene.good("l-" + name).values()) > 0, f"a meter whose answers come twice ({name}) is read")


@case
def echo(scene):
    """An adapter that echoes; a relay board without power. Nothing is taken for anything."""
    def echoing(client, number):
        for unit, pdu, frame in rtu_requests(client.recv):
            client.sendall(frame)
            if unit == 1:
                time.sleep(0.02)
                client.sendall(rtu(unit, answer(pdu, dict(TRUTH))))
    scene.bus("line", "rtuOverTCP", serve(echoing))
    scene.device("meter", "line", every="2s")
    scene.device("relays", "line", 9, "2s", "relay-board")
    scene.section("lighting:", "  stairs: {circuit: relays/relay.1, control: []}")
    scene.start()
    scene.until(lambda: scene.read("meter"), "the living meter is read through the echo", 60)
    status, text = scene.linli("modbus", "write", "--bus", "line", "--unit", "9", "--table", "coil", "--address", "3", "1", "--yes")
    scene.check(status != 0, f"a write to a board without power was confirmed: {text}")
    scene.check(scene.good("relays")["relay.1"] == 0, "a relay board without power was read")
    scene.check("echo" in scene.linli("buses")[1] + scene.linli("status")[1] or scene.events("bus."), "the echo is told")


@case
def transaction_numbers(scene):
    """Servers that number their answers themselves: never a wrong value, and words."""
    rng = random.Random(scene.random.random())
    for name, number in (("plus-one", lambda t: t + 1), ("zero", lambda t: 0), ("any", lambda t: rng.randrange(65536))):
        def handler(client, _, number=number):
            for transaction, unit, pdu in tcp_requests(client):
                client.sendall(tcp(number(transaction), unit, answer(pdu, TRUTH)))
        scene.bus(name, "tcp", serve(handler))
        scene.device("m-" + name, name, every="2s")
    scene.start()
    scene.stay(15)
    for name in ("plus-one", "zero", "any"):
        told = scene.linli("devices", "m-" + name)[1]
        scene.check(scene.read("m-" + name) or "transaction" in told, f"{name}: neither read nor said what is wrong: {told}")


@case
def units_of_others(scene):
    """A gateway that is busy in the name of another unit, and one that answers as one unit whatever is asked."""
    stranger, asked, busy = scene.random.choice([0, 246, 255]), scene.random.randint(2, 200), scene.random.choice([5, 6])

    def now_and_then(client, number):
        for count, (transaction, unit, pdu) in enumerate(tcp_requests(client), 1):
            if count % 3 == 0:
                client.sendall(tcp(transaction, stranger, bytes([pdu[0] | 0x80, busy])))
            else:
                client.sendall(tcp(transaction, unit, answer(pdu, TRUTH)))
    scene.bus("busy", "tcp", serve(now_and_then))
    scene.device("m-busy", "busy", every="2s")
    scene.bus("always-one", "tcp", serve(lambda client, number: honest_tcp(client, unit=1)))
    scene.device("m-other", "always-one", unit=asked, every="2s")
    scene.start()
    scene.until(lambda: scene.read("m-busy"), "m-busy is read in between")
    scene.until(
        lambda: f"unit 1 answers where unit {asked} is asked" in scene.linli("devices", "m-other")[1],
        "it is said which unit answers")
    scene.check(not any(scene.good("m-other").values()), "values of another unit were taken")


@case
def registers_users_have(scene):
    """Texts with swapped bytes, numbers in base 1000, words that are not side by side, inverted bits."""
    number = scene.random.randrange(10**8, 10**9)
    text = "".join(scene.random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(12))
    megas, kilos = scene.random.randrange(1, 60_000), scene.random.randrange(1000)
    registers = {10: 1173, 20: kilos, 21: megas, 78: number & 0xFFFF, 80: number >> 16, 90: 0}
    for place in range(6):
        registers[place] = ord(text[2 * place]) | ord(text[2 * place + 1]) << 8
    with open(scene.folder + "/profiles/users.yaml", "w") as file:
        file.write("""id: users
kind: heat-meter
vendor: Test
model: registers as users have them
points:
  - {name: info.serial, table: holding, address: 0, type: string, count: 6, order: BA, poll: true}
  - {name: power.active.total, table: holding, address: 10, type: uint16, unit: W}
  - {name: energy.heat.total, table: holding, address: 20, type: uint32, base: 1000, order: CDAB, unit: kWh}
  - {name: energy.active.import.total, table: holding, address: [78, 80], type: uint32, order: CDAB, unit: kWh, scale: 0.1}
  - {name: status.valve, table: coil, address: 90, type: bool, invert: true}
""")
    scene.bus("users", "tcp", serve(lambda client, number: honest_tcp(client, registers)))
    scene.device("m-users", "users", profile="users")
    scene.start()
    wanted = {"info.serial": text, "power.active.total": "1173", "energy.heat.total": str(1000 * megas + kilos),
              "energy.active.import.total": f"{number // 10}.{number % 10}", "status.valve": "1"}

    def told():
        return {point.split("/")[1]: str(value) for point, samples in scene.samples().items()
                for _, value, quality in samples if quality == 0}
    scene.until(lambda: told() == wanted, "all is read as it is meant")
    scene.check(told() == wanted, f"read {told()} where the registers hold {wanted}")


@case
def warming_up(scene):
    """A device that needs 2 s after connecting; one kind closes when it is asked earlier."""
    def warm(closes):
        def handler(client, number):
            start = time.monotonic()
            for transaction, unit, pdu in tcp_requests(client):
                if time.monotonic() - start < 2:
                    if closes:
                        return
                    continue
                client.sendall(tcp(transaction, unit, answer(pdu, TRUTH)))
        return handler
    for name, closes in (("swallows", False), ("closes", True)):
        scene.bus(name, "tcp", serve(warm(closes)))
        scene.device("m-" + name, name, every="5s")
    scene.start()
    for name in ("m-swallows", "m-closes"):
        scene.until(lambda: scene.read(name), f"{name} is read", 120)


@case
def closing_servers(scene):
    """Servers that close after each answer: at once, a moment later, and slowly freed."""
    registers = dict(TRUTH)

    def closing(pause):
        def handler(client, number):
            for transaction, unit, pdu in tcp_requests(client):
                client.sendall(tcp(transaction, unit, answer(pdu, registers)))
                time.sleep(pause)
                return
        return handler

    def slowly_freed():
        listener = listen()
        port = listener.getsockname()[1]

        def run(listener=listener):
            while True:
                client, _ = listener.accept()
                listener.close()
                try:
                    closing(0)(client, 0)
                except OSError:
                    pass
                client.close()
                time.sleep(0.4)
                listener = socket.socket()
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(("127.0.0.1", port))
                listener.listen(1)
        background(run)
        return port
    for name, port in (("at-once", serve(closing(0))), ("soon", serve(closing(0.02))), ("slowly", slowly_freed())):
        scene.bus(name, "tcp", port)
        scene.device("m-" + name, name, every="2s")
    scene.start()
    for name in ("at-once", "soon", "slowly"):
        scene.until(lambda: scene.read("m-" + name), f"m-{name} is read", 90)
        for _ in range(3):
            status, text = scene.linli(
                "modbus", "write", "--bus", name, "--unit", "1", "--table", "holding", "--address", "20", "1173",
                "--yes", "--force")
            scene.check(status == 0, f"{name}: a write was not carried out: {text}")


@case
def one_function_to_write(scene):
    """Relays that know one function to write: 16 alone; 15 alone; 6 alone."""
    for name, known, profile in (("f16", 16, "register-relay"), ("f15", 15, "relay-board"), ("f6", 6, "register-relay")):
        registers = {0: 0}

        def handler(client, _, known=known, registers=registers):
            for transaction, unit, pdu in tcp_requests(client):
                ok = pdu[0] in (1, 3, known)
                client.sendall(tcp(transaction, unit, answer(pdu, registers) if ok else bytes([pdu[0] | 0x80, 1])))
        scene.bus(name, "tcp", serve(handler))
        scene.device("r-" + name, name, 1, "1s", profile)
    scene.section("lighting:", *(f"  l-{name}: {{circuit: r-{name}/relay.1, safeState: off, control: []}}" for name in ("f16", "f15", "f6")))
    scene.start()
    scene.until(lambda: len(scene.ask("lights")) == 3, "the circuits are there")
    for name in ("f16", "f15", "f6"):
        def lit():
            status, _ = scene.linli("lights", "on", "l-" + name, "--for", "30m")
            point = [p for p in scene.samples().get(f"r-{name}/relay.1", []) if p[1] is not None]
            return status == 0 and point and point[-1][1] == "1"
        scene.until(lit, f"{name}: the relay is switched", 60)


@case
def odd_confirmations(scene):
    """Relays that switch and confirm oddly: 00 01 for FF 00, or exception 5, accepted."""
    def odd(confirm):
        registers = {0: 0}

        def handler(client, number):
            for transaction, unit, pdu in tcp_requests(client):
                reply = answer(pdu, registers)
                client.sendall(tcp(transaction, unit, confirm(reply) if pdu[0] == 5 else reply))
        return handler
    for name, confirm in (("word", lambda a: a[:3] + (b"\0\1" if a[3] else b"\0\0")), ("accepted", lambda a: b"\x85\x05")):
        scene.bus(name, "tcp", serve(odd(confirm)))
        scene.device("r-" + name, name, 1, "1s", "relay-board")
    scene.section("lighting:", *(f"  l-{name}: {{circuit: r-{name}/relay.1, safeState: off, control: []}}" for name in ("word", "accepted")))
    scene.start()
    scene.until(lambda: len(scene.ask("lights")) == 2, "the circuits are there")
    for name in ("word", "accepted"):
        def lit():
            scene.linli("lights", "on", "l-" + name, "--for", "30m")
            light = [l for l in scene.ask("lights") if l["name"] == "l-" + name][0]
            point = [p for p in scene.samples().get(f"r-{name}/relay.1", []) if p[1] is not None]
            # That no time service keeps this machine's clock is no fault of the relay.
            own = set(light.get("faults", [])) - {"the time of day is not known"}
            return bool(point) and point[-1][1] == "1" and light.get("commanded") == 100 and not own
        scene.until(lit, f"{name}: the circuit is lit, and no fault is left", 60)


@case
def dead_behind_a_gateway(scene):
    """A dead unit behind a gateway that works off requests one by one, and says so late."""
    wait = scene.random.uniform(1.0, 3.5)

    def gateway(client, number):
        for transaction, unit, pdu in tcp_requests(client):
            time.sleep(wait if unit == 9 else 0.06)
            client.sendall(tcp(transaction, unit, bytes([pdu[0] | 0x80, 11]) if unit == 9 else answer(pdu, TRUTH)))
    scene.bus("one", "tcp", serve(gateway))
    for name, unit in (("a1", 1), ("a2", 2), ("dead", 9)):
        scene.device(name, "one", unit, "2s")
    scene.start()
    scene.until(lambda: scene.read("a1", 5) and scene.read("a2", 5), "the neighbours are read", 60)
    start = int(time.time() * 1000)
    scene.stay(40)
    for name in ("a1", "a2"):
        samples = [s for s in scene.samples().get(f"{name}/voltage.l1", []) if s[0] >= start]
        good = sum(1 for _, value, quality in samples if quality == 0 and value is not None)
        scene.check(good >= 16, f"{name} (dead unit behind it after {wait:.1f} s): {good} of 20 readings are good")


@case
def one_client_at_a_time(scene):
    """A server of one connection, which another program holds first and wants again later."""
    state = {"read": False}
    listener = listen()
    port = listener.getsockname()[1]

    def one_by_one():
        while True:
            client, _ = listener.accept()
            try:
                honest_tcp(client)
            except (ConnectionError, OSError):
                pass
            client.close()

    def other():
        client = socket.create_connection(("127.0.0.1", port))
        time.sleep(8)
        client.close()
        while not state.get("now"):
            time.sleep(0.1)
        client = socket.create_connection(("127.0.0.1", port))
        client.settimeout(60)
        client.sendall(tcp(7, 1, b"\3\0\0\0\1"))
        state["read"] = bool(client.recv(64))
        client.close()
    background(one_by_one)
    background(other)
    time.sleep(0.3)
    scene.bus("plant", "tcp", port, *ONE_CLIENT)
    scene.device("m1", "plant", every="5s")
    scene.start()
    scene.until(lambda: scene.read("m1"), "it is read once the other has left", 90)
    state["now"] = True
    scene.until(lambda: state["read"], "the other gets its turn", 60)


# The key that gives a connection back between turns.
ONE_CLIENT = ("connection: {keep: false}",)


@case
def counters(scene):
    """A meter that is swapped, one false zero, a roll-over: told by quality and event."""
    turn = [0]
    imports = [512340, 512341, 512343, 512345] + list(range(12, 40))
    exports = [4048283, 4048283, 4048284, 0] + [4048284 + i // 2 for i in range(40)]
    reactive = [9999990, 9999994, 9999998] + [3 + 4 * i for i in range(40)]

    def handler(client, number):
        for transaction, unit, pdu in tcp_requests(client):
            address = struct.unpack(">H", pdu[1:3])[0]
            place = min(turn[0], 24)
            if address == 20:
                turn[0] += 1
            value = {0: imports, 10: exports, 20: reactive}[address][place]
            client.sendall(tcp(transaction, unit, bytes([pdu[0], 4]) + struct.pack(">I", value)))
    scene.bus("plant", "tcp", serve(handler))
    scene.device("m1", "plant", 1, "1s", "counters")
    scene.start()
    scene.until(lambda: turn[0] > 24, "the counters have gone their way", 60)
    scene.stay(3)
    samples = scene.samples()
    kinds = {event["kind"] for event in scene.events("meter.")}
    swapped = [quality for _, value, quality in samples["m1/energy.active.import.total"] if value == "0.12"]
    scene.check(swapped and 0 not in swapped[:1], f"the first value after a swap is marked good: {swapped}")
    zero = [quality for _, value, quality in samples["m1/energy.active.export.total"] if value is not None and float(value) == 0]
    scene.check(zero and 0 not in zero, f"a false zero is marked good: {zero}")
    rolled = [quality for _, value, quality in samples["m1/energy.reactive.import.total"] if value == "0.3"]
    scene.check(rolled and rolled[0] == 3, f"a roll-over is not marked as one: {rolled}")
    scene.check(any("swap" in kind for kind in kinds) and any("roll" in kind.lower() for kind in kinds), f"the events are {kinds}")


@case
def small_packets(scene):
    """A broker that takes no packet above 6000 bytes, and over 3.1.1 just hangs up."""
    registers = dict(TRUTH)
    scene.bus("plant", "tcp", serve(lambda client, number: honest_tcp(client, registers)))
    for unit in (1, 2):
        scene.device(f"m{unit}", "plant", unit, "100ms")
    scene.broker_lines.append("max_packet_size 6000")
    scene.port = scene.broker()
    scene.destination = "\n".join(
        f'  {name}: {{mqtt: {{url: "mqtt://127.0.0.1:{scene.port}"{version}}}, format: linli-json/2, share: everything, acknowledge: broker}}'
        for name, version in (("three", ""), ("five", ", version: 5")))
    scene.start(seal="10s")
    for name in ("three", "five"):
        def arrived():
            found = set()
            for message in scene.messages():
                if f"/{name}/" in message["key"] and "/reading/" in message["key"]:
                    found |= {moment for point, moment, _, _ in readings(message) if point == "m1/voltage.l1"}
            return len(found) >= 150
        scene.until(arrived, f"over {name} batches are split and arrive", 120)


@case
def quota(scene):
    """A broker whose quota is used up for a while (PUBACK 0x97): nothing is passed over."""
    quota, start, taken, refused = scene.random.uniform(15, 30), time.monotonic(), {}, set()

    def packet(client):
        head, length, shift = exactly(client.recv, 1)[0], 0, 0
        while True:
            byte = exactly(client.recv, 1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return head, exactly(client.recv, length) if length else b""

    def broker(client, number):
        while True:
            head, body = packet(client)
            kind = head >> 4
            if kind == 1:
                client.sendall(b"\x20\x03\0\0\0")
            elif kind == 8:
                client.sendall(b"\x90\x04" + body[:2] + b"\0\x01")
            elif kind == 12:
                client.sendall(b"\xd0\0")
            elif kind == 14:
                return
            elif kind == 3:
                length = struct.unpack(">H", body[:2])[0]
                place = body.find(b"key")
                size = struct.unpack(">H", body[place + 3 : place + 5])[0]
                key = body[place + 5 : place + 5 + size].decode()
                if time.monotonic() - start < quota:
                    refused.add(key)
                    client.sendall(b"\x40\x04" + body[2 + length : 4 + length] + b"\x97\0")
                else:
                    taken[key] = taken.get(key, 0) + 1
                    client.sendall(b"\x40\x02" + body[2 + length : 4 + length])
    scene.bus("plant", "tcp", serve(lambda client, number: honest_tcp(client)))
    scene.device("m1", "plant", every="1s")
    port = serve(broker)
    scene.destination = (f'  city: {{mqtt: {{url: "mqtt://127.0.0.1:{port}", version: 5}}, format: linli-json/2, '
                         "share: everything, acknowledge: broker}")
    scene.start(seal="2s")
    scene.until(lambda: refused, "messages are refused")
    scene.until(lambda: refused <= set(taken), "every refused message is delivered in the end", 180)


@case
def same_client(scene):
    """Another client with the same identity: nothing is lost, no storm, and the cause is named."""
    port = scene.broker()
    scene.port = port
    scene.bus("plant", "tcp", serve(lambda client, number: honest_tcp(client)))
    scene.device("m1", "plant", every="1s")
    scene.destination = (f'  city: {{mqtt: {{url: "mqtt://127.0.0.1:{port}", version: 5, clientID: twin}}, format: linli-json/2, '
                         "share: everything, acknowledge: broker}")
    scene.start()
    scene.until(lambda: scene.read("m1"), "it delivers")
    twin = scene.spawn(["mosquitto_sub", "-p", str(port), "-V", "5", "-i", "twin", "-t", "nothing"], "twin")
    scene.until(
        lambda: "client" in scene.linli("deliveries")[1] + scene.linli("status")[1], "the cause is named", 120)
    twin.kill()
    with open(scene.folder + "/linlid.err") as log:
        scene.check(log.read().count("connected") < 60, "connections are made in a storm")
    before = scene.good("m1")["voltage.l1"]
    scene.until(lambda: scene.good("m1")["voltage.l1"] > before + 5, "it delivers again", 120)
