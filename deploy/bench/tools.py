"""What all measurements use: programs that are started and ended, sites, rows of figures."""
import http.client, json, math, os, re, shutil, socket, subprocess, sys, time

processes, rows = [], []
share = float(os.environ.get("LINLI_BENCH_SHARE", "1"))
bin = folder = None  # Where the programs are, and where the measurement that runs keeps its files.

def start(name, *command, out=None):
    log = open(f"{folder}/{name}.log", "ab")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log,
                               stdout=open(out, "wb") if out else log)
    processes.append(process)
    return process

def stop(process):
    if process.poll() is None:
        process.terminate()
        try: process.wait(20)
        except subprocess.TimeoutExpired: process.kill(); process.wait()
    if process in processes: processes.remove(process)

def stop_all():
    for process in reversed(list(processes)): stop(process)

def until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end: raise RuntimeError(f"{what}; see {folder} with --keep")
        time.sleep(0.05)

def wait(seconds): time.sleep(max(2, seconds * share))

def port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]

def listens(number):
    with socket.socket() as one: return one.connect_ex(("127.0.0.1", number)) == 0

def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file: file.write(text)

def broker():
    number = port()
    write(f"{folder}/mosquitto.conf", f"listener {number} 127.0.0.1\nallow_anonymous true\n"
          f"persistence false\nmax_queued_messages 0\nuser {subprocess.getoutput('id -un')}\n")
    start("broker", shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", f"{folder}/mosquitto.conf")
    until(lambda: listens(number), 10, "the broker does not start")
    return number

def simulator(*options):
    sim = start("sim", f"{bin}/linli-sim", "run", "--site", f"{folder}/site.yaml", "--profiles",
                f"{folder}/profiles", "--control", f"{folder}/sim.sock", *options)
    until(lambda: os.path.exists(f"{folder}/sim.sock") or sim.poll() is not None, 60, "no simulator")
    time.sleep(0.5)
    if sim.poll() is not None: raise RuntimeError(open(f"{folder}/sim.log").read()[-2000:])
    return sim

def gateway(*options):
    process = start("linlid", f"{bin}/linlid", "--site", f"{folder}/site.yaml", "--profiles",
                    f"{folder}/profiles", "--state", f"{folder}/state", "--socket", f"{folder}/linlid.sock", *options)
    until(lambda: os.path.exists(f"{folder}/linlid.sock") or process.poll() is not None, 60, "no linlid")
    if process.poll() is not None: raise RuntimeError(open(f"{folder}/linlid.log").read()[-2000:])
    return process

def linli(*arguments, check=True):
    done = subprocess.run([f"{bin}/linli", *arguments, "--json"], capture_output=True, text=True,
                          env={**os.environ, "LINLI_SOCKET": f"{folder}/linlid.sock"})
    if check and done.returncode: raise RuntimeError(done.stdout + done.stderr)
    return json.loads(done.stdout) if done.returncode == 0 else None

def listed(answer, key): return answer if isinstance(answer, list) else answer[key]
def buses(): return {one["name"]: one["counters"] for one in listed(linli("buses"), "buses")}
def devices(): return {one["id"]: one for one in listed(linli("devices"), "devices")}

def sim_status():
    return json.loads(subprocess.check_output([f"{bin}/linli-sim", "status", "--json", "--control",
                                               f"{folder}/sim.sock"]))

def fault(target, *words):
    subprocess.run([f"{bin}/linli-sim", "fault", target, *words, "--control", f"{folder}/sim.sock"],
                   check=True, stdout=subprocess.DEVNULL)

def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

def row(bench, what, value, limit, unit, relation="<="):
    rows.append((bench, what, value, limit, unit, relation))
    print(f"  {what}: {value:.4g} {unit}" + (f", limit {limit:.4g}" if limit is not None else ""), flush=True)

def say(text): print("  " + text, flush=True)

def profile(name, count, table="input", access="read", word="config"):
    points = "".join(f"  - {{name: {word}.r{i:02}, table: {table}, address: {i}, type: uint16, "
                     f"access: {access}, poll: true}}\n" for i in range(count))
    write(f"{folder}/profiles/{name}.yaml", f"id: {name}\nkind: electricity-meter\nvendor: Bench\n"
          f"model: {count} registers\npoints:\n{points}")

def site(buses, devices, rest=""):
    write(f"{folder}/site.yaml", "version: 1\nsite: {id: bench, name: Bench, timeZone: Asia/Shanghai}\n"
          f"buses:\n{buses}devices:\n{devices}{rest}")

def destination(number, acknowledge):
    return (f'destinations:\n  city:\n    mqtt: {{url: "mqtt://127.0.0.1:{number}"}}\n    format: linli\n'
            f"    share: everything\n    acknowledge: {acknowledge}\n")

class Unix(http.client.HTTPConnection):
    """HTTP over the socket of the daemon."""
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(f"{folder}/linlid.sock")

def ask(method, path, body=None):
    """A request to the daemon without a program to start: its status and what it said."""
    one = Unix("linlid")
    try:
        one.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        answer = one.getresponse()
        return answer.status, json.loads(answer.read())
    finally: one.close()

def control(line):
    """A line to the simulation, and its answer."""
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(f"{folder}/sim.sock")
        one.sendall(line.encode() + b"\n")
        answer = b""
        while part := one.recv(65536): answer += part
        return answer.decode()

def quantile(times, part): return sorted(times)[math.ceil(part * len(times)) - 1]

def quantiles(bench, what, milliseconds, limit=None, limited="p99"):
    """Rows of the median, the 99th percentile and the worst, and which of them has the limit."""
    for label, value in ("p50", quantile(milliseconds, 0.5)), ("p99", quantile(milliseconds, 0.99)), ("max", max(milliseconds)):
        row(bench, f"{what}, {label} of {len(milliseconds)}", value, limit if label == limited else None, "ms")

def open_valve(name):
    """Lets a valve be opened, as soon as no alarm holds it."""
    def is_open():
        status, answer = ask("POST", "/v1/valves/turn", {"valve": name, "isClosing": False, "by": "bench"})
        if status not in (200, 409): raise RuntimeError(f"{name} cannot be opened: {status} {answer}")
        return status == 200
    until(is_open, 60, f"{name} is held shut")
