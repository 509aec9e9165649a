"""A gateway among such devices, in a folder of its own: the real linlid, linli and mosquitto."""
import collections, json, os, shutil, signal, socket, subprocess, tempfile, time

import field

PROFILES = {
    "honest-meter": """id: honest-meter
kind: electricity-meter
vendor: Test
model: four separate registers
points:
  - {name: voltage.l1, table: holding, address: 0, type: uint16, unit: V, scale: 0.1}
  - {name: current.l1, table: holding, address: 10, type: uint16, unit: A, scale: 0.1}
  - {name: power.active.total, table: holding, address: 20, type: uint16, unit: W}
  - {name: frequency, table: holding, address: 30, type: uint16, unit: Hz, scale: 0.1}
""",
    "relay-board": """id: relay-board
kind: light-controller
vendor: Test
model: one relay, a coil
points:
  - {name: relay.1, table: coil, address: 0, access: readWrite}
""",
    "register-relay": """id: register-relay
kind: light-controller
vendor: Test
model: one relay, a register
points:
  - {name: relay.1, table: holding, address: 0, type: uint16, access: readWrite}
""",
    "counters": """id: counters
kind: electricity-meter
vendor: Test
model: three counters
points:
  - {name: energy.active.import.total, table: holding, address: 0, type: uint32, order: ABCD, unit: kWh, scale: 0.01}
  - {name: energy.active.export.total, table: holding, address: 10, type: uint32, order: ABCD, unit: kWh, scale: 0.01}
  - {name: energy.reactive.import.total, table: holding, address: 20, type: uint32, order: ABCD, unit: kvarh, scale: 0.1}
""",
}
RIGHT = {"voltage.l1": "230.0", "current.l1": "5.1", "power.active.total": "1173", "frequency": "50.0"}


def readings(message):
    """Point, time, value as text and quality of all that a linli-json message holds."""
    for table in message.get("tables", []):
        for device, rows in table["devices"].items():
            moment = 0
            for row in rows:
                moment += row[0]
                for column, cell in zip(table["columns"], row[1:]):
                    value, quality = cell if isinstance(cell, list) else (cell, 0)
                    point = f"{device}/{message['points'][column][0]}"
                    yield point, moment, None if value is None else str(value), quality


class Scene:
    def __init__(self, name, binaries, random):
        self.name, self.binaries, self.random = name, binaries, random
        self.folder = tempfile.mkdtemp(prefix="linli-case-")
        self.buses, self.devices, self.sections, self.programs = [], [], [], []
        self.faults, self.broker_lines, self.destination = [], [], None
        os.mkdir(self.folder + "/profiles")
        for profile, text in PROFILES.items():
            with open(f"{self.folder}/profiles/{profile}.yaml", "w") as file:
                file.write(text)

    # The site

    def bus(self, name, kind, port, *settings):
        address = f'"127.0.0.1:{port}"' if kind != "serial" else f'"{port}"'
        self.buses.append(f"  {name}: {{{', '.join([f'{kind}: {address}', *settings])}}}")

    def device(self, name, bus, unit=1, every="1s", profile="honest-meter", *settings):
        words = [f"profile: {profile}", f"bus: {bus}", f"unit: {unit}", f"every: {every}", *settings]
        self.devices.append(f"  {name}: {{{', '.join(words)}}}")

    def section(self, *lines):
        self.sections += lines

    def start(self, seal="1s"):
        """Starts broker and gateway."""
        self.port = self.broker() if self.destination is None else 0
        destination = self.destination or (
            f'  city: {{mqtt: {{url: "mqtt://127.0.0.1:{self.port}"}}, format: linli-json/2, share: everything, acknowledge: broker}}')
        text = "\n".join([
            "version: 1", "site: {id: case, name: Case, timeZone: Asia/Shanghai}",
            "buses:", *self.buses, "devices:", *self.devices, *self.sections,
            "destinations:", destination, f"cache: {{sealEvery: {seal}}}", ""])
        with open(self.folder + "/site.yaml", "w") as file:
            file.write(text)
        self.started = time.monotonic()
        self.daemon = self.spawn([
            self.binaries + "/linlid", "--site", self.folder + "/site.yaml", "--profiles",
            self.folder + "/profiles", "--state", self.folder + "/state", "--socket", self.socket], "linlid")

    def broker(self, *lines):
        """A mosquitto, and whoever listens to all of it; returns its port."""
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        with open(self.folder + "/mosquitto.conf", "w") as file:
            file.write("\n".join([f"listener {port} 127.0.0.1", "allow_anonymous true", *self.broker_lines, *lines, ""]))
        self.spawn([shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", self.folder + "/mosquitto.conf"], "broker")
        self.until(lambda: field_connects(port), "the broker listens")
        self.spawn(["mosquitto_sub", "-p", str(port), "-t", "#", "-q", "1", "-i", "city", "-c"], "city")
        return port

    def spawn(self, words, name):
        out = open(f"{self.folder}/{name}.out", "ab")
        error = open(f"{self.folder}/{name}.err", "ab")
        program = subprocess.Popen(words, stdout=out, stderr=error, stdin=subprocess.DEVNULL)
        self.programs.append(program)
        return program

    @property
    def socket(self):
        return self.folder + "/s.sock"

    # What has become of it

    def linli(self, *words):
        done = subprocess.run(
            [self.binaries + "/linli", *words, "--socket", self.socket], capture_output=True, text=True,
            env={**os.environ, "NO_COLOR": "1"})
        return done.returncode, done.stdout + done.stderr

    def ask(self, *words):
        done = subprocess.run(
            [self.binaries + "/linli", *words, "--json", "--socket", self.socket], capture_output=True, text=True)
        return json.loads(done.stdout)

    def messages(self):
        """What the city has, decoded: each message once."""
        found = {}
        if not os.path.exists(self.folder + "/city.out"):
            return []
        with open(self.folder + "/city.out", errors="replace") as file:
            for line in file:
                try:
                    message = json.loads(line, parse_float=str)
                except ValueError:
                    continue
                if isinstance(message, dict) and "key" in message:
                    found[message["key"]] = message
        return list(found.values())

    def samples(self):
        """point -> [(time, value, quality)] of all that the city has."""
        found = collections.defaultdict(list)
        for message in self.messages():
            for point, moment, value, quality in readings(message):
                found[point].append((moment, value, quality))
        return {point: sorted(samples, key=lambda sample: sample[0]) for point, samples in found.items()}

    def events(self, kind=None):
        return [event for message in self.messages() for event in message.get("events", [])
                if kind is None or event.get("kind", "").startswith(kind)]

    def good(self, device):
        """How many good values of a device the city has of each of its points."""
        count = collections.Counter()
        for point, samples in self.samples().items():
            if point.startswith(device + "/"):
                count[point.split("/")[1]] = sum(1 for _, value, quality in samples if quality == 0 and value is not None)
        return count

    def read(self, device, times=2):
        """Whether each of an honest meter's points has arrived so often, and good."""
        good = self.good(device)
        return all(good[point] >= times for point in RIGHT)

    # Judging

    def check(self, is_so, what):
        if not is_so:
            self.faults.append(what)

    def check_honest(self):
        """No value marked good that no device has held."""
        for point, samples in self.samples().items():
            right = RIGHT.get(point.split("/")[1])
            wrong = [value for _, value, quality in samples
                     if right is not None and quality == 0 and value is not None and float(value) != float(right)]
            self.check(not wrong, f"{point}: {len(wrong)} wrong values marked good, the first {wrong[:3]}")

    def until(self, is_so, what, seconds=60):
        """Waits until something is so; what waits long on a slow machine waits longer there."""
        end = time.monotonic() + seconds * SLOWNESS
        while time.monotonic() < end:
            try:
                if is_so():
                    return True
            except (OSError, ValueError):
                pass
            time.sleep(0.2)
        self.faults.append("it never came true: " + what)
        return False

    def stay(self, seconds):
        time.sleep(seconds)

    def end(self):
        if hasattr(self, "daemon"):
            self.check(self.daemon.poll() is None, f"linlid ended by itself with {self.daemon.poll()}")
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.check(self.daemon.wait(30 * SLOWNESS) == 0, f"linlid ended with {self.daemon.returncode}")
            except subprocess.TimeoutExpired:
                self.faults.append("linlid did not end on SIGTERM")
        for program in self.programs:
            program.kill()
            program.wait()
        if not self.faults:
            shutil.rmtree(self.folder)
        return self.faults


def field_connects(port):
    probe = socket.socket()
    try:
        return probe.connect_ex(("127.0.0.1", port)) == 0
    finally:
        probe.close()


def slowness():
    """How many times slower this machine is now than the one the limits were chosen on: the same work
    took 48 ms of a core there."""
    start, rest = time.monotonic(), 0
    for number in range(600_000):
        rest += number * number & 255
    return min(60.0, max(1.0, (time.monotonic() - start) / 0.048))


SLOWNESS = slowness()
