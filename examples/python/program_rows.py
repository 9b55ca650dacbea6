"""The rows of the program gpufare: the native path and OpenCL devices. It proves each result itself; what it writes
is compared with the other rows' besides."""
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

from rowkit import Failed, NotInstalled, digest

SHORT_NAMES = {"Portable Computing Language": "PoCL"}


def find(given):
    """The program: the one that was given, the newest build of this tree, or that in PATH. None: there is none."""
    root = Path(__file__).resolve().parent.parent.parent
    built = sorted(root.glob("build*/bin/gpufare"), key=lambda path: path.stat().st_mtime)
    path = given or (built[-1] if built else shutil.which("gpufare"))
    return Path(path).resolve() if path else None


def compat_folder(program):
    """The folder of its compatibility libraries. None: they are not there."""
    base = program.parent.parent
    found = [library.parent for pattern in ("lib/gpufare", "lib/*/gpufare", "lib64/gpufare")
             for library in sorted(base.glob(f"{pattern}/diffusion.so"))]
    return found[0] if found else None


def ask(program, *arguments):
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Failed(lines[-1])
    return done.stdout


def devices(program):
    """(name in the table, id, name of its driver) of the native path and of each OpenCL device."""
    facts = json.loads(ask(program, "devices", "--json", "-"))
    found = []
    for device in facts["devices"]:
        native = device["kind"] == "native"
        platform = "" if native else SHORT_NAMES.get(device["platform"], device["platform"])
        found.append(("gpufare, native path" if native else f"gpufare, {platform} ({device['id']})", device["id"]))
    return found


def run(program, workload, device, arguments, problem):
    """One run of one device: its JSON result, and the bytes of what it computed, without the head of the .npy file."""
    with tempfile.TemporaryDirectory() as folder:
        record, data = Path(folder) / "run.json", Path(folder) / "result.npy"
        ask(program, "run", workload, *arguments, "-d", device, "-q", "--repeat", str(problem.samples), "--min-time",
            str(problem.seconds), "--json", str(record), *(["--npy", str(data)] if workload in PICTURES else []),
            *([] if problem.seconds else ["--no-tune"]))
        result = json.loads(record.read_text())["results"][0]
        if result["status"] != "ok":
            raise Failed(result["reason"])
        return result, npy_body(data.read_bytes()) if data.exists() else b""


def npy_body(data):
    return data[10 + int.from_bytes(data[8:10], "little"):]


def totals(result):
    """Samples of the round trip: inputs up, kernel, result down."""
    return result["phases"]["total"]["samples_ns"]


# ---- The four tables ----


def julia(program, device, problem):
    side = problem.side
    result, counts = run(program, "julia", device, ["--size", f"{side}x{side}", "--max-iter", str(problem.maxiter)],
                         problem)
    return result, totals(result), {str(problem.steps): digest(counts)}


def diffusion(program, device, problem):
    digests = {}
    for steps in (problem.check_steps, problem.steps):
        result, field = run(program, "diffusion", device, [
            "--size", f"{problem.side}x{problem.side}", "--steps", str(steps)], problem)
        digests[str(steps)] = digest(field)
    return result, totals(result), digests


def primes(program, device, problem):
    """Each sample is the sum of six medians, since the program takes one number at a time."""
    samples = []
    for _ in range(problem.samples):
        results = [run(program, "prime", device, ["--number", str(number)], problem)[0] for number in problem.numbers]
        samples.append(sum(result["phases"]["total"]["median_ns"] for result in results))
    answers = bytes(" is prime" in result["answer"] for result in results)
    return results[0], samples, {str(problem.steps): digest(answers)}


def sums(program, device, problem):
    """Its values are its own, random ones: the sum is compared with exact arithmetic."""
    result, _ = run(program, "sum", device, ["--count", str(problem.count)], problem)
    return result, totals(result), {str(problem.steps): sum_digest(problem.count, result["checksum"])}


def sum_digest(count, total):
    """The digest of the other rows if the total is that of the program's values, rounded at most as often as the
    additions of a block are deep (docs/how-we-time.md)."""
    exact = exact_sum(count)
    right = abs(total - exact) <= 100 * 2.0 ** -53 * exact
    return digest(float(count * (count - 1) // 2).hex().encode()) if right else f"the sum is {total}, not {exact}"


def exact_sum(count):
    """The sum of the upper 53 bits of splitmix64's outputs, as binary fractions, in whole numbers."""
    try:
        import numpy as np
    except ImportError:
        return sum(mixed(i) >> 11 for i in range(1, count + 1)) * 2.0 ** -53
    total = 0
    with np.errstate(over="ignore"):
        for first in range(1, count + 1, 1 << 20):
            z = np.arange(first, min(first + (1 << 20), count + 1), dtype=np.uint64) * np.uint64(0x9e3779b97f4a7c15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
            z = (z ^ (z >> np.uint64(31))) >> np.uint64(11)
            total += int((z >> np.uint64(32)).sum()) * (1 << 32) + int((z & np.uint64(0xffffffff)).sum())
    return total * 2.0 ** -53


def mixed(i):
    mask = (1 << 64) - 1
    z = i * 0x9e3779b97f4a7c15 & mask
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9 & mask
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb & mask
    return z ^ (z >> 31)


TABLES = {"julia": julia, "diffusion": diffusion, "primes": primes, "sum": sums}
PICTURES = ("julia", "diffusion")
ABOUT = {"julia": "round trip: the counts come back", "diffusion": "round trip of all steps: the field goes there and back",
         "primes": "round trips of the six numbers", "sum": "round trip: the values go up; random values of its own"}


def rows(table, program):
    """(name, about, function that gives a row's answer) for each device."""
    if program is None:
        return [("gpufare", ABOUT[table], missing)]
    found = devices(program)
    made = [(name, ABOUT[table], answerer(table, program, device)) for name, device in found]
    if len(found) == 1:
        made.append(("gpufare, PoCL", ABOUT[table], missing_pocl))
    return made


def missing(_):
    raise Failed("the program gpufare was not found: build it, or give it with --gpufare")


def missing_pocl(_):
    raise NotInstalled("PoCL")


def threads_of(result):
    """Of the native path; OpenCL does not say."""
    said = re.search(r"(\d+) threads?", result["note"] or "")
    return int(said[1]) if said else None


def answerer(table, program, device):
    def answer(problem):
        result, samples, digests = TABLES[table](program, device, SimpleNamespace(**problem))
        return {"status": "ok", "digests": digests, "steps": problem["steps"], "samples_ns": samples,
                "threads": threads_of(result), "variant": result["variant"], "versions": {}}

    return answer
