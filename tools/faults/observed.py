"""Starts one run, waits for its end and for that of every process it started, and says what it left behind."""
import ctypes
import json
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

ORPHAN_S = 2
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """From now on processes whose parents ended become children of this one, so that none is missed."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class Patience:
    """Seconds of which this machine's load is taken off, as gpufare counts deadlines."""

    def __init__(self):
        self.seen, self.counted = time.monotonic(), 0.0

    def seconds(self):
        now = time.monotonic()
        since = now - self.seen
        if since < 0.1:
            return self.counted + since
        with open("/proc/loadavg", encoding="ascii") as file:
            running = int(file.read().split()[3].split("/")[0])
        self.counted += since / min(max(running / os.cpu_count(), 1), 20)
        self.seen = now
        return self.counted


@dataclass
class Outcome:
    status: int = 0  # negative: the signal that ended the tool
    seconds: float = 0  # by the clock
    counted: float = 0  # without what other programs took
    stopped: bool = False  # by the limit, far beyond every deadline
    orphans: list = field(default_factory=list)
    stdout: str = ""
    stderr: str = ""
    long_output: bool = False


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


def reap():
    """Reaps what has ended; whether no child is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        return True
    return False


def wait_for_orphans():
    """Those that are still there after ORPHAN_S; they are killed."""
    patience = Patience()
    while not reap():
        if patience.seconds() > ORPHAN_S:
            left = [pid for pid in children() if command_of(pid) not in ("", "?")]
            names = [command_of(pid) for pid in left]
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            while not reap():
                time.sleep(0.01)
            return names
        time.sleep(0.002)
    return []


MOST_OUTPUT = 1 << 18


def read_output(path):
    with open(path, "rb") as file:
        return file.read(MOST_OUTPUT).decode(errors="replace")


def run_once(command, environment, folder, limit_s, meddle=None):
    """Runs the command in folder/work. `meddle(pid)` is asked what to do while it runs, and returns the seconds until
    it wants to be asked again, or None."""
    outcome = Outcome()
    begin, patience = time.monotonic(), Patience()
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
        process = subprocess.Popen(command, cwd=folder / "work", env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=err, start_new_session=True)
        ended = os.pidfd_open(process.pid)
        pause = meddle(process.pid) if meddle else None
        while not select.select([ended], [], [], 0.1 if pause is None else pause)[0]:
            if pause is not None:
                pause = meddle(process.pid)
            if patience.seconds() > limit_s:
                outcome.stopped = True
                process.kill()
        outcome.counted = patience.seconds()
        os.close(ended)
        outcome.status = process.wait()
    outcome.seconds = time.monotonic() - begin
    outcome.orphans = wait_for_orphans()
    outcome.long_output = any(os.path.getsize(folder / name) > MOST_OUTPUT for name in ("stdout", "stderr"))
    outcome.stdout, outcome.stderr = read_output(folder / "stdout"), read_output(folder / "stderr")
    return outcome


# ---- What is left in the folder

def is_whole(path):
    """Whether a report is complete."""
    content = path.read_bytes()
    if path.suffix == ".json":
        try:
            json.loads(content)
        except ValueError:
            return False
    if path.suffix == ".png":
        return content.endswith(b"IEND\xaeB`\x82")
    if path.suffix == ".npy":
        return content.startswith(b"\x93NUMPY")
    if path.suffix == ".svg":
        return content.rstrip().endswith(b"</svg>")
    return content.endswith(b"\n") or path.suffix == ".json"


def torn_files(folder, expected):
    """Reports and saved files that are there and not whole."""
    paths = [folder / "work" / name for name in expected]
    store = folder / "cache/gpufare"
    if store.is_dir():
        paths += [path for path in store.iterdir() if path.suffix == ".json"]
    return [str(path.relative_to(folder)) for path in paths if path.is_file() and not is_whole(path)]


def strange_files(folder, expected):
    """What nobody asked for: temporary files and folders."""
    found = [f"work/{name}" for name in os.listdir(folder / "work") if name not in expected]
    found += [f"tmp/{name}" for name in os.listdir(folder / "tmp")]
    store = folder / "cache/gpufare"
    if store.is_dir():
        found += [f"cache/{path.name}" for path in store.iterdir() if path.suffix != ".json"]
    return found


def report_of(folder):
    try:
        return json.loads((folder / "work/report.json").read_text())
    except (OSError, ValueError):
        return None
