"""From gas to the valve: over a busy line at 9600 baud, and from contact to line in a guest of QEMU."""
import ctypes, os, random, re, subprocess, sys

if __name__ == "__main__": sys.dont_write_bytecode = True
import tools
from tools import *

def buses_by_name(): return {one["name"]: one["counters"] for one in ask("GET", "/v1/buses")[1]}
def requests(): return sum(one["requests"] for one in buses_by_name().values())

# -- Over Modbus

def relay():
    """The moments are the simulator's: when the detector's answer left, when the board had its command."""
    folder = tools.folder
    profile("bench-meter", 20)
    os.makedirs(f"{folder}/profiles", exist_ok=True)
    site(f"  line: {{serial: {folder}/line, baudRate: 9600, parity: none}}\n  detectors: {{tcp: \"127.0.0.1:{port()}\"}}\n",
         "".join(f"  m{i:02}: {{profile: bench-meter, bus: line, unit: {i}, every: 100ms}}\n" for i in range(1, 9))
         + "  relays: {profile: waveshare-modbus-rtu-relay-8, bus: line, unit: 99, every: 1d}\n"
         + "  gas: {profile: honeywell-raeguard3, bus: detectors, unit: 1, every: 100ms}\n",
         "valves:\n  gas-valve: {close: relays/relay.1, closed: none, within: 1s}\n"
         "alarms:\n  gas-leak: {when: {point: gas/gas.concentration, above: 10}, then: [{close: gas-valve}]}\n")
    simulator()
    control("set gas/gas.concentration 0")
    gateway()
    wait(5)

    def moments():
        devices = {one["name"]: one for one in json.loads(control("status"))["devices"]}
        return devices["gas"].get("told", 0), devices["relays"].get("written", 0)

    times, first, begin = [], buses_by_name()["line"]["requests"], time.monotonic()
    for _ in range(max(10, int(150 * share))):
        time.sleep(random.uniform(0, 0.2))
        before = moments()
        control("set gas/gas.concentration 25")
        until(lambda: moments()[0] > before[0] and moments()[1] > before[1], 10, "the relay was not switched")
        told, written = moments()
        times.append((written - told) / 1e6)
        control("set gas/gas.concentration 0")
        open_valve("gas-valve")
        until(lambda: moments()[1] > written, 10, "the relay was not switched back")
    character = 10 / 9600 * 1e3
    # The longest exchange of this line: request, turnaround, answer, and the silence that ends it.
    exchange = (8 + 45 + 3.5) * character + 5
    rate = (buses_by_name()["line"]["requests"] - first) / (time.monotonic() - begin)
    say(f"{rate:.1f} requests a second on the line, {1e3 / exchange:.1f} at most; one takes {exchange:.2f} ms of the wire, "
        f"the command itself {(8 + 3.5) * character:.2f} ms, which are part of what is measured")
    counters, line = buses_by_name()["line"], json.loads(control("status"))["buses"][0]
    say(f"the line had {counters['timeouts']} time-outs, {counters['lateAnswers']} late answers and "
        f"{line['silences']['collisions']} collisions")
    quantiles("relay", "gas told to relay switched", times, exchange + 20, limited="max")

# -- In the guest

pace = 2  # Time in the guest: 2^pace ns for each instruction.

def valve():
    """Starts the guest, which measures; its rows are ours."""
    command = ["deploy/vm/run", "--count", str(pace), "--chip", "bench:8", "--disk", "768", "--time", "3600",
               "--keep", "LINLI_BENCH_SHARE", "--", "python3", "deploy/bench/valve.py", os.path.abspath(tools.bin)]
    guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    processes.append(guest)
    for line in guest.stdout:
        if line.startswith("rows: "): rows.extend(tuple(one) for one in json.loads(line[6:]))
        else: print(line, end="", flush=True)
    if guest.wait(): raise RuntimeError(f"the guest ended with status {guest.returncode}")
    processes.remove(guest)

trace = "/sys/kernel/tracing"

def tell(path, text):
    with open(path, "w") as file: file.write(text)

class Lines:
    """The gas contact and the valve's line from outside, timed by the kernel.

    Gas is there when its line is pulled, by a thread that nothing holds up. The valve is shut when the
    kernel sets its line: the tracepoint gpio:gpio_value says when, on the same clock.
    """
    def __init__(self):
        if not os.path.exists(f"{trace}/trace_clock"): subprocess.run(["mount", "-t", "tracefs", "none", trace], check=True)
        tell(f"{trace}/trace_clock", "mono")
        tell(f"{trace}/events/gpio/gpio_value/filter", "get == 0 && value == 1")
        tell(f"{trace}/events/gpio/gpio_value/enable", "1")
        self.pipe = os.open(f"{trace}/trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.gas = os.open("/run/chips/bench/sim_gpio0/pull", os.O_WRONLY)

    def pull(self, up):
        os.lseek(self.gas, 0, os.SEEK_SET)
        word = b"pull-up" if up else b"pull-down"
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        os.write(self.gas, word)
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return now

    def is_driven(self):
        with open("/run/chips/bench/sim_gpio1/value") as file: return file.read(1) == "1"

    def driven(self):
        """When lines were driven active since this was last asked, in nanoseconds."""
        try: text = os.read(self.pipe, 65536).decode()
        except BlockingIOError: return []
        return [round(float(one) * 1e9) for one in re.findall(r" ([0-9.]+): gpio_value: \d+ set 1", text)]

    def edge(self):
        """Milliseconds from gas to the valve's line; then all is as before."""
        time.sleep(random.uniform(0, 0.1))
        self.driven()
        start, shut = self.pull(True), []
        def is_shut():
            shut.extend(self.driven())
            return shut
        until(is_shut, 30, "the valve's line stays inactive")
        self.pull(False)
        open_valve("gas-valve")
        until(lambda: not self.is_driven(), 30, "the valve's line stays active")
        return (shut[0] - start) / 1e6

class Backlog:
    """A broker that is away while batches collect, and takes them while they drain."""
    def __init__(self):
        self.number, self.broker = port(), None
        write(f"{tools.folder}/mosquitto.conf", f"listener {self.number} 127.0.0.1\nallow_anonymous true\n"
              "persistence false\nmax_queued_messages 0\nuser root\n")

    def city(self): return ask("GET", "/v1/deliveries")[1][0]
    def behind(self): return sum(lane["behind"] for lane in self.city()["lanes"])

    def collect(self, count):
        if self.broker: stop(self.broker)
        until(lambda: self.behind() >= count, 300, "no backlog collects")
        self.broker = start("broker", shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", f"{tools.folder}/mosquitto.conf")
        sent = self.city()["messages"]
        until(lambda: self.city()["messages"] > sent + 5, 180, "the backlog does not drain")

def loaded_site(backlog):
    """Four buses that are asked as fast as they answer, and 100 rules that look at what they say."""
    folder = tools.folder
    profile("bench-meter", 20)
    kinds = [f'tcp: "127.0.0.1:{port()}"', f'tcp: "127.0.0.1:{port()}"', f'rtuOverTCP: "127.0.0.1:{port()}"',
             f"serial: {folder}/line, baudRate: 115200, parity: none"]
    site("".join(f"  b{b}: {{{kind}}}\n" for b, kind in enumerate(kinds)),
         "".join(f"  b{b}-m{u:02}: {{profile: bench-meter, bus: b{b}, unit: {u}, every: 100ms}}\n"
                 for b in range(len(kinds)) for u in range(1, 26)),
         mechanisms("".join(f"  high-{b}-{u}: {{when: {{point: b{b}-m{u:02}/config.r00, above: 1000000}}}}\n"
                            for b in range(len(kinds)) for u in range(1, 26)))
         + destination(backlog.number, "broker") + "cache: {size: 256MiB, sealEvery: 1s, sealAfter: 1000}\n")

def mechanisms(more=""):
    return ("valves:\n  gas-valve: {close: \"bench:1\", closed: none, within: 1s}\n"
            "alarms:\n  gas-leak: {when: {line: \"bench:0\"}, then: [{close: gas-valve}]}\n" + more)

def measure(lines, count, what, limit=None, each=lambda: None):
    times = []
    for _ in range(count):
        each()
        times.append(lines.edge())
    quantiles("valve", what, times, limit)

def in_guest():
    folder = tools.folder = "/run/disk/bench"
    os.makedirs(f"{folder}/profiles")
    say(f"the processor is emulated: one, on which each instruction takes {2 ** pace} ns, whatever else runs here; "
        "each of a board's four is some ten times as fast")
    # The guest has no time service, and batches without the date wait for one: the clock is said to be right.
    ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(b"\x14", 256))  # ADJ_STATUS and ADJ_MAXERROR
    lines, backlog = Lines(), Backlog()
    lines.pull(False)
    site("  {}\n", "  {}\n", mechanisms())
    process = gateway()
    time.sleep(3)
    measure(lines, max(10, int(100 * share)), "gas to valve, idle")
    stop(process)
    shutil.rmtree(f"{folder}/state")

    loaded_site(backlog)
    simulator()
    process = gateway()
    start("disk", "sh", "-c", f"while dd if=/dev/zero of={folder}/filler bs=256k count=64 conv=fsync status=none; do :; done")
    def draining():
        if backlog.broker is None or backlog.behind() < 20: backlog.collect(max(50, int(300 * share)))
    draining()
    before = figures(process), backlog.city()["messages"], time.monotonic()
    measure(lines, max(10, int(300 * share)), "gas to valve, full load", 20, draining)
    seconds = time.monotonic() - before[2]
    asked, idle, blocks, used = ((now - then) / seconds for now, then in zip(figures(process), before[0]))
    say(f"meanwhile, a second: {asked:.0f} requests on four buses, {(backlog.city()['messages'] - before[1]) / seconds:.1f} messages "
        f"of the backlog ({backlog.behind()} are left), {blocks / 2048:.1f} MiB to the disk; the processor was idle "
        f"{100 * idle / os.cpu_count():.1f} % of the time, linlid took {100 * used:.0f} % of it")

def figures(process):
    """Requests, seconds in which the processor was idle, blocks written to the disk, seconds of the processor for linlid."""
    idle = int(open("/proc/stat").readline().split()[4]) / os.sysconf("SC_CLK_TCK")
    return requests(), idle, int(open("/sys/block/vda/stat").read().split()[6]), cpu(process.pid)

if __name__ == "__main__":
    tools.bin = sys.argv[1]
    try: in_guest()
    except Exception:
        for log in ("linlid", "sim", "broker"):
            if os.path.exists(f"{tools.folder}/{log}.log"): print(open(f"{tools.folder}/{log}.log").read()[-1500:], flush=True)
        raise
    finally: stop_all()
    print("rows: " + json.dumps(rows), flush=True)
