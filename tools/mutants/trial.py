"""Runs mutants of the OpenCL kernels: what gpufare says of one, and what it changes."""
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

import mutate

FILLS = ("90", "195")  # bytes beyond the buffers
# A mutant that takes longer hangs: building takes a few seconds, running some milliseconds.
REPLAY_CPU_SECONDS = 8
REPLAY_SECONDS = 400  # of a process that gets hardly any time
BUILD_SECONDS = 120
DEADLINE_SECONDS = 2   # of gpufare's drivers; what the replay compiled is in the driver's cache
PATIENT_SECONDS = 20
GPUFARE_SECONDS = 300  # far beyond the deadline, on a busy machine, too

# What comes out.
NOT_BUILT = "does not build"
EQUAL = "equal"            # the same bits on this problem, and accepted
REFUSED = "refused"        # changed, and refused
HUNG = "hung"              # never ends: ended at the deadline, and refused
CRASHED = "crashed"        # the kernel ends its process; refused
ACCEPTED = "accepted"      # changed, and accepted: a hole
FALSE_ALARM = "false alarm"  # the same bits, and refused
UNSTABLE = "unstable"      # depends on memory that is not its own: bits in gpufare's run were right
ODD = "odd"                # gpufare itself failed

CLASSES = [REFUSED, EQUAL, NOT_BUILT, HUNG, CRASHED, UNSTABLE, ACCEPTED, FALSE_ALARM, ODD]
BAD = [ACCEPTED, FALSE_ALARM, ODD]

# Words of a report on what the guards around buffers saw.
SEEN_BY_GUARDS = "wrote outside of buffer", "read outside of buffer"


def hash_of(data):
    """FNV-1a, as in layer.c."""
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f"{value:016x}"


def environment_of(folder):
    """Caches of its own; the clock of a device is believed, because no time matters."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("MUTANT", "OPENCL_LAYERS"))}
    return {**others, "XDG_CACHE_HOME": f"{folder}/cache", "POCL_CACHE_DIR": f"{folder}/pocl", "GPUFARE_CLOCK_TEST": "0",
            "OMP_WAIT_POLICY": "passive"}


class Starved(Exception):
    """A mutant had no time to show what it does."""


class Bench:
    """The programs, the folders and the environment of a run of mutants."""

    def __init__(self, root, gpufare, device, folder, compiler):
        self.root, self.gpufare, self.device, self.compiler = Path(root), gpufare, device, compiler
        self.folder = Path(folder)
        self.deadline = DEADLINE_SECONDS
        self.tools = self.root / "tools" / "mutants"
        for name in ("cache", "pocl", "records"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.environment = environment_of(folder)
        self.compile("layer.c", "layer.so", ["-shared", "-fPIC"], [])
        self.compile("replay.c", "replay", [], ["-lOpenCL"])

    def compile(self, source, output, flags, libraries):
        subprocess.run([self.compiler, "-std=gnu17", "-O2", *flags, str(self.tools / source), "-o",
                        str(self.folder / output), *libraries], check=True)

    def run_gpufare(self, target, report, log, deadline, **layer):
        """Runs the workload under the layer. Returns the exit status, or None if it had to be killed."""
        for path in (report, log):
            Path(path).unlink(missing_ok=True)
        command = [self.gpufare, "run", target.workload, *target.resolved, "--device",
                   f"{self.device}:{target.variant}", "--no-tune", "--no-watch", "--no-pipeline", "--repeat", "2",
                   "--min-time", "0", "--deadline", str(deadline),
                   "--quiet", "--json", str(report)]
        environment = {**self.environment, "OPENCL_LAYERS": str(self.folder / "layer.so"), "MUTANT_LOG": str(log), **layer}
        return run(command, environment, GPUFARE_SECONDS)[0]

    def replay(self, target, source, output, fill):
        """What the kernel gives without gpufare: NOT_BUILT, CRASHED, HUNG, or the results; whether it wrote outside."""
        command = [str(self.folder / "replay"), str(target.record / "log"), str(target.record), str(source), str(output), fill]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        status, said = run(command, self.environment, REPLAY_SECONDS, REPLAY_CPU_SECONDS)
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        if status is None and took < REPLAY_CPU_SECONDS / 2:
            raise Starved(f"the machine is too busy: {took:.1f} s of processor time in {REPLAY_SECONDS} s")
        if status is None or (status != 0 and took > REPLAY_CPU_SECONDS - 1):  # the compiler has handlers for signals
            return HUNG, False
        if status == 3:
            return NOT_BUILT, False
        if status != 0:
            return CRASHED, False
        return Path(output).read_bytes(), "outside" in said


def run(command, environment, seconds, cpu_seconds=None):
    """The exit status of a program, or None if it had to be killed; and what it prints."""
    def limit():
        if cpu_seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))

    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          start_new_session=True, preexec_fn=limit) as process:
        try:
            said = process.communicate(timeout=seconds)[0]
            return process.returncode, said
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None, ""


# ---- Targets


def write_field(path, cols, rows, f32):
    """A .npy of random cells."""
    numbers = random.Random(1)
    header = f"{{'descr': '<{'f4' if f32 else 'f8'}', 'fortran_order': False, 'shape': ({rows}, {cols}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    cells = [numbers.uniform(0.5, 2.0) for _ in range(rows * cols)]
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                     + struct.pack(f"<{len(cells)}{'f' if f32 else 'd'}", *cells))


def prepare(bench, target, number):
    """Runs the right kernel, and notes its launches and results."""
    target.record = bench.folder / "records" / str(number)
    shutil.rmtree(target.record, ignore_errors=True)
    target.record.mkdir(parents=True)
    target.resolved = [str(target.record / "field.npy") if word == "@field" else word for word in target.arguments]
    if "@field" in target.arguments:
        cols, rows = map(int, target.arguments[target.arguments.index("--size") + 1].split("x"))
        write_field(target.record / "field.npy", cols, rows, "f32" in target.arguments)
    status = bench.run_gpufare(target, target.record / "report.json", target.record / "log", BUILD_SECONDS,
                               MUTANT_OF=str(bench.root / "kernels_cl" / f"{target.workload}.cl"),
                               MUTANT_RECORD=str(target.record))
    if status != 0:
        raise RuntimeError(f"{target.name()}: the right kernel ends with exit status {status}")
    read_record(target)
    target.source = (target.record / "source.cl").read_text()
    target.results = bench.replay(target, target.record / "source.cl", target.record / "results", FILLS[0])[0]
    if isinstance(target.results, str) or hashes_of(target.results, target.result_bytes) != target.hashes:
        raise RuntimeError(f"{target.name()}: the replay of the right kernel gives other results than gpufare got")


def hashes_of(results, sizes):
    hashes, at = [], 0
    for size in sizes:
        hashes.append(hash_of(results[at:at + size]))
        at += size
    return hashes


def read_record(target):
    log = (target.record / "log").read_text()
    target.kernel, options = re.search(r"^kernel (\S+) (.*)$", log, re.M).groups()
    target.options = re.sub(r"-D ", "-D", options).split()
    launch = [int(word) for word in re.search(r"^launch (.*)$", log, re.M).group(1).split()]
    target.items = launch[3], launch[4]
    target.result_bytes = [int(size) for size in re.findall(r"^result \d+ (\d+) ", log, re.M)]
    target.hashes = re.findall(r"^result \d+ \d+ (\w+)", log, re.M)
    target.bits = 32 if "-DGF_REAL_BITS=32" in target.options else 64
    size = 4 if target.workload == "prime" or "read" in target.arguments else target.bits // 8
    if target.workload == "julia":
        size = 2 if "-DGF_COUNT=ushort" in target.options else 4
    target.elements = target.result_bytes[0] // size
    result = json.loads((target.record / "report.json").read_text())["results"][0]
    if not result.get("detour_ns"):
        raise RuntimeError("gpufare has no worker: a mutant that writes beyond its buffers would damage gpufare itself")
    target.is_sampled = "full" not in result["verification"]["reference"]
    target.device = result["device"]


# ---- Mutants


class Mutant:
    """A change of the source that gpufare hands to the driver, and the same change of the file it comes from."""

    def __init__(self, bench, target, site):
        whole = target.source
        path = bench.root / "kernels_cl" / f"{target.workload}.cl"
        text = path.read_text()
        begin = whole.index(text)
        if site.begin < begin:
            path, begin = bench.root / "kernels_cl" / "prelude.h", 0
            text = path.read_text()
        self.path, self.text, self.site = path, text, mutate.Site(site.operator, site.begin - begin, site.end - begin, site.new)
        self.source = site.apply(whole)

    def changed(self):
        return self.site.apply(self.text)


def choose(bench, target, seed, index):
    """The mutant of this number."""
    numbers = random.Random(f"{seed}:{index}")
    place = [numbers.choice((0, count - 1, numbers.randrange(count))) for count in target.items]
    item = f"get_global_id(0) == {place[0]}"
    if target.items[1] > 1 and numbers.random() < 0.7:
        item += f" && get_global_id(1) == {place[1]}"
    facts = mutate.Facts(target.bits, item, place[0], [numbers.randrange(target.elements), target.elements - 1])
    sites = mutate.sites_of(target.source, target.kernel, facts, active_in(bench, target))
    kernel_begins = target.source.index("#line")
    wants_prelude = numbers.random() < 0.08
    wanted = {name: [site for site in found if (site.begin < kernel_begins) == wants_prelude] for name, found in sites.items()}
    wanted = {name: found for name, found in wanted.items() if found}
    if not wanted:
        return choose(bench, target, seed, f"{index}'")
    return Mutant(bench, target, numbers.choice(wanted[numbers.choice(sorted(wanted))]))


def active_in(bench, target):
    if not hasattr(target, "lines"):
        # The prelude and the kernel are joined by a #line, which would count anew.
        target.lines = mutate.active_lines(re.sub(r"^#line.*$", "", target.source, flags=re.M), target.options, bench.compiler)
    return target.lines


def outcome_of(report):
    """The status, the reason and the presence of times in a report, or why there is none."""
    try:
        result = json.loads(Path(report).read_text())["results"][0]
    except (OSError, ValueError, LookupError):
        return "no report", "", False
    return result["status"], result.get("reason") or "", result["phases"] is not None


def judge(status, said, reason, has_times, observed, hashes, truth, truth_again, right):
    """The class of a mutant. `truth`: what the replay gave; `right`: what the right kernel gives."""
    accepted = status == 0
    sound = {0: ("ok", True), 1: ("failed", False), 4: ("mismatch", False)}
    if status not in sound or sound[status] != (said, has_times):
        return ODD
    as_it_was = observed == hashes
    if accepted:
        if not as_it_was:
            return ACCEPTED
        if truth == right:
            return EQUAL
        return UNSTABLE if truth_again != truth or isinstance(truth, str) else ACCEPTED
    if truth == NOT_BUILT:
        return NOT_BUILT
    if "within the deadline" in reason:
        return HUNG
    if isinstance(truth, str):
        return truth
    if truth != right or observed != hashes[:len(observed)] or truth_again != right:
        return REFUSED
    # It reads or writes what is not its own, which ends a process or not, and which the guards see or not.
    if any(words in reason for words in SEEN_BY_GUARDS):
        return REFUSED
    return CRASHED if "crashed with SIG" in reason else FALSE_ALARM


def share_of_elements(truth, right, elements):
    """How much of the results a mutant changes."""
    if isinstance(truth, str) or len(truth) != len(right):
        return None
    size = max(1, len(right) // max(1, elements))
    parts = range(0, len(right), size)
    return round(sum(truth[at:at + size] != right[at:at + size] for at in parts) / len(parts), 6)


def try_mutant(bench, target, mutant):
    """One mutant: its row."""
    started = time.monotonic()
    changed, source = bench.folder / "mutant.cl", bench.folder / "source.cl"
    changed.write_text(mutant.changed())
    source.write_text(mutant.source)
    report, log = bench.folder / "report.json", bench.folder / "log"
    truth, is_outside = bench.replay(target, source, bench.folder / "results", FILLS[0])
    status = bench.run_gpufare(target, report, log, bench.deadline, MUTANT_OF=str(mutant.path), MUTANT=str(changed))
    said, reason, has_times = outcome_of(report)
    if "within the deadline" in reason and truth != HUNG:  # compiled again, or the machine is busy
        status = bench.run_gpufare(target, report, log, PATIENT_SECONDS, MUTANT_OF=str(mutant.path), MUTANT=str(changed))
        said, reason, has_times = outcome_of(report)
    observed = re.findall(r"^result \d+ \d+ (\w+)", log.read_text() if log.exists() else "", re.M)
    again = truth
    if (status == 0) != (truth == target.results):
        again = bench.replay(target, source, bench.folder / "results", FILLS[1])[0]
    row = {"target": target.name(), "file": mutant.path.name, "operator": mutant.site.operator,
           **mutate.describe(mutant.text, mutant.site),
           "class": judge(status, said, reason, has_times, observed, target.hashes, truth, again, target.results),
           "exit_status": status, "status": said, "verified": "sampled" if target.is_sampled else "whole"}
    if status != 0:
        row["reason"] = reason[:160]
    if is_outside:
        row["writes_outside"] = True
    if truth != target.results:
        row["changed"] = truth if isinstance(truth, str) else share_of_elements(truth, target.results,
                                                                              target.elements * len(target.hashes))
    row["seconds"] = round(time.monotonic() - started, 2)
    return row
