#!/usr/bin/env python3
"""Runs gpufare and its peers in turns and writes a Markdown table and JSON. See docs/benchmarks.md."""
import argparse
import dataclasses
import datetime
import json
import os
import platform
import resource
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import cases
import files
import goals
import measure
import report
import roster

ROOT = Path(__file__).resolve().parents[2]
MAX_DISTURBANCE = 0.05  # largest share of the cores' time used by others in an undisturbed case
SCRATCH_BYTES = 4 << 30  # more than two fields of 8192x8192


def read_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench/run", allow_abbrev=False, description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="runs of each entry; default 5")
    parser.add_argument("--cases", default="", metavar="LIST", help="cases, or beginnings of their names; default all")
    parser.add_argument("--peers", default="", metavar="LIST", help="rows to run, gpufare's among them; default all")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="threads of every entry; default all cores")
    parser.add_argument("--quick", action="store_true", help="tiny problems, which only show that everything works")
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "bench", metavar="DIR",
                        help="where bench.md and bench.json go; default out/bench")
    parser.add_argument("--limit", type=float, default=60, metavar="SECONDS",
                        help="a peer whose sample takes longer is left out with the reason; default 60")
    parser.add_argument("--timeout", type=float, default=900, metavar="SECONDS",
                        help="a process that takes longer is ended; default 900")
    parser.add_argument("--gpufare", type=Path, metavar="PATH", help="the tool to measure; default: built here")
    parser.add_argument("--cc", default="gcc", help="compiler of the peers; default gcc")
    parser.add_argument("--openmp-flags", action="append", default=[], metavar="FLAGS",
                        help="one more build of the C peer, with these flags besides -O3; goals count it too")
    parser.add_argument("--build", type=Path, default=ROOT / "build-bench", metavar="DIR",
                        help="where things are built; default build-bench")
    parser.add_argument("--peer-file", action="append", default=[], metavar="FILE",
                        help="one more peer: a program that follows tools/bench/peers/common.py")
    parser.add_argument("--list", action="store_true", help="list cases and rows, measure nothing")
    parser.add_argument("--no-install", action="store_true", help="install nothing")
    settings = parser.parse_args()
    available = sorted(os.sched_getaffinity(0))
    settings.threads = settings.threads or len(available)
    if settings.rounds < 1:
        parser.error("--rounds: give at least 1")
    if not 1 <= settings.threads <= len(available):
        parser.error(f"--threads {settings.threads}: give 1 to {len(available)}, the cores there are")
    # For all entries, also those without an option for the number of threads.
    os.sched_setaffinity(0, available[: settings.threads])
    settings.cases = [name for name in settings.cases.split(",") if name]
    settings.peers = [name for name in settings.peers.split(",") if name]
    return settings


def say(text):
    print(text, file=sys.stderr, flush=True)


def read_file(path, default="not known"):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return default


def distribution():
    for line in read_file("/etc/os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.split("=", 1)[1].strip('"')
    return "not known"


def machine_facts(settings, facts):
    return {**facts["machine"], "distribution": distribution(), "machine": platform.machine(),
            "huge_pages": read_file("/sys/kernel/mm/transparent_hugepage/enabled"),
            "governor": read_file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            "load": " ".join(read_file("/proc/loadavg").split()[:3]),
            "cc": roster.first_line([settings.cc, "--version"]), "python": platform.python_version(),
            "commit": roster.commit(ROOT)}


# ---- Disturbance


def cpu_seconds():
    """Seconds that the cores were busy, that the hypervisor gave to others, and that this benchmark used."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = [int(text) / ticks for text in read_file("/proc/stat").splitlines()[0].split()[1:9]]
    own = sum(sum((usage.ru_utime, usage.ru_stime)) for usage in
              (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)))
    return {"busy": sum(fields) - fields[3] - fields[4] - fields[7], "stolen": fields[7], "own": own}


def disturbance(before, after, wall_s):
    """Shares of all cores' time that others used."""
    spent = {name: after[name] - before[name] for name in before}
    whole = wall_s * (os.cpu_count() or 1)
    return {"other_programs": max(0.0, spent["busy"] - spent["own"]) / whole, "stolen": spent["stolen"] / whole}


def is_disturbed(case):
    """A step waits for the slowest core, so that even a small disturbance costs much."""
    return sum(case["disturbance"].values()) > MAX_DISTURBANCE


# ---- Ceilings


def copy_mib(settings):
    """Size of each of the two arrays of the copy: a field of 8192 x 8192 in f64, which exceeds every cache, or less
    if that is more than a quarter of the free memory."""
    if settings.quick:
        return 8
    for line in read_file("/proc/meminfo", "").splitlines():
        if line.startswith("MemAvailable:"):
            return max(8, min(512, int(line.split()[1]) >> 12))
    return 512


def measure_ceilings(settings, samples):
    """Adds one more measurement of each ceiling to `samples`."""
    count = 1 if settings.quick else 3
    for bits in ("64", "32"):
        program = settings.build / f"ceilings{bits}"
        if program.name in settings.no_tools:
            continue
        said = json.loads(roster.call([str(program), str(settings.threads), str(copy_mib(settings)), str(count)]))
        samples["clock_method"] = said["clock_method"]
        samples["isa"] = said["isa"]
        for name, values in said.items():
            if isinstance(values, list):
                samples.setdefault(f"f{bits}", {}).setdefault(name, []).extend(values)


def ceiling_of(form):
    """A number at its end is that of vectors or rows in flight, "balanced" the kernels' tunable of that name."""
    name = form.rstrip("0123456789").rstrip("_") if form[-1].isdigit() and form != "stencil_l1" else form
    return name.removesuffix("_balanced")


def summarise_ceilings(samples):
    """The best form of each ceiling. The highest clock counts, with which the iterations per cycle are fewest."""
    summary = {name: value for name, value in samples.items() if isinstance(value, str)}
    for precision in ("f64", "f32"):
        forms = {}
        for name, values in samples.get(precision, {}).items():
            forms.setdefault(ceiling_of(name), []).append(values)
        summary[precision] = {}
        for stem, lists in forms.items():
            values = max(lists, key=max)
            summary[precision][stem] = {"best": max(values), "median": statistics.median(values), "samples": lists}
    return summary


def measure_opencl(settings):
    """The times of empty work on each OpenCL device. Empty without OpenCL."""
    if "opencl_ceilings" in settings.no_tools:
        say(f"OpenCL's ceilings are left out: {settings.no_tools['opencl_ceilings']}")
        return []
    nobody = roster.Entry("opencl", "", "", "")
    try:
        output, _ = measure.finish([str(settings.build / "opencl_ceilings"), "64" if settings.quick else "256", "5"],
                                   settings, nobody)
        return json.loads(output)
    except (measure.Trouble, ValueError) as error:
        say(f"OpenCL's ceilings are left out: {error}")
        return []


# ---- One case


def new_row(entry):
    return {"name": entry.name, "label": entry.label, "kind": entry.kind,
            "status": "not found" if entry.missing else "ok", "reason": entry.missing or None,
            "rounds": [], "median_ns": None, "rate": None}


def run_round(settings, case, entries, rows, number):
    """Runs each entry once; each round starts with another one."""
    start = number % len(entries)
    for entry in entries[start:] + entries[:start]:
        row = rows[entry.name]
        if row["status"] != "ok":
            continue
        try:
            row["rounds"].append(measure.run(settings, case, entry))
        except measure.Trouble as trouble:
            # After one wrong result no time of this entry can be trusted for this case.
            row.update(status=trouble.status, reason=str(trouble))
            say(f"  {entry.label}: {trouble.status}: {trouble}")
            if trouble.status == "not found":  # and so in all other cases
                entry.missing = str(trouble)


def quartile_distance(values):
    if len(values) < 2:
        return 0.0
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return upper - lower


def said_of_result(row):
    found = row["rounds"][-1]["agreement"]
    if found["differing"] == 0:
        return "the same bits"
    return (f"{found['differing']} of {found['elements']} differ, by {found['max_abs_error']:.2g} at most "
            f"({found['allowed_error']:.2g} allowed)")


def summarise_row(row, work):
    if row["status"] != "ok" or not row["rounds"]:
        return
    figures = [statistics.median(turn["samples_ns"]) for turn in row["rounds"]]
    row["median_ns"] = statistics.median(figures)
    row["min_ns"], row["max_ns"] = min(figures), max(figures)
    row["iqr_share"] = quartile_distance(figures) / row["median_ns"]
    row["rate"] = work / row["median_ns"]  # units of work per ns, which are 1e9 per second
    row["verified"] = said_of_result(row)


def work_of(settings, case):
    """Updates of a pixel or a cell in one sample. Raises Trouble if a pixel of an all-interior case escapes."""
    if case.workload == "diffusion":
        return case.width * case.height * case.steps
    counts = measure.compare(settings, case, settings.reference, settings.reference_offset)
    if case.all_interior and counts["min"] != case.max_iter:
        raise measure.Trouble("failed", "a point of the all-interior case escapes")
    return counts["sum"]


def run_case(settings, case, entries):
    say(f"{case.name}")
    record = {**dataclasses.asdict(case), "rows": []}
    rows = {entry.name: new_row(entry) for entry in entries}
    record["rows"] = list(rows.values())
    before, start = cpu_seconds(), time.monotonic()
    try:
        measure.make_inputs(settings, case)
        measure.make_reference(settings, case)
        work = work_of(settings, case)
        for number in range(settings.rounds):
            say(f"  round {number + 1} of {settings.rounds}")
            run_round(settings, case, entries, rows, number)
        for row in rows.values():
            summarise_row(row, work)
        check_clocks(settings, case, entries, rows)
    except measure.Trouble as trouble:  # without a reference nothing can be verified
        for row in rows.values():
            row.update(status=trouble.status, reason=f"no reference: {trouble}", median_ns=None)
    finally:
        for path in (settings.reference, settings.inputs):
            path.unlink(missing_ok=True)
    record["disturbance"] = disturbance(before, cpu_seconds(), time.monotonic() - start)
    if is_disturbed(record):
        say(f"  Warning: other programs took {sum(record['disturbance'].values()):.0%} of the cores' time")
    return record


def check_clocks(settings, case, entries, rows):
    for entry in entries:
        row = rows[entry.name]
        if entry.device and entry.kind != "naive-opencl" and row["median_ns"] is not None:
            row["outer_clock"] = measure.outer_clock(settings, case, entry, row["median_ns"])


# ---- Shares


def add_shares(record):
    """Every figure as a share of its ceiling. Ceilings grow during the run, so all shares are updated."""
    for case in record["cases"]:
        known = record["ceilings"].get(case["precision"], {})
        julia = case["workload"] == "julia"
        ceiling = known.get("julia_untested" if julia else "stencil_l1", {}).get("best")
        case["ceiling_name"] = "untested all-interior rate" if julia else "L1 rate"
        case["unit"] = "Giter/s" if julia else "GCell/s"
        real_bytes = 8 if case["precision"] == "f64" else 4
        copy = known.get("copy_nt", {}).get("best")
        # A step that goes through memory alone must read and write each cell once.
        roofline = copy / (2 * real_bytes) if copy and not julia and not case["in_cache"] else None
        native = [row["median_ns"] for row in case["rows"] if row["kind"] == "gpufare-native" and row["median_ns"]]
        for row in case["rows"]:
            if row["median_ns"] is None:
                continue
            row["of_ceiling"] = row["rate"] / ceiling if ceiling else None
            row["of_roofline"] = row["rate"] / roofline if roofline else None
            row["times_native"] = row["median_ns"] / min(native) if native else None


def entry_facts(entries, cases_done):
    """The entries, with the versions that their processes reported."""
    facts = []
    for entry in entries:
        turns = [turn for case in cases_done for row in case["rows"] if row["name"] == entry.name
                 for turn in row["rounds"]]
        last = turns[-1] if turns else {}
        facts.append({"name": entry.name, "label": entry.label, "kind": entry.kind, "how": entry.how,
                      "missing": entry.missing, "threads": last.get("threads"), "versions": last.get("versions", {}),
                      "notes": last.get("notes") or last.get("note") or ""})
    return facts


# ---- Files


def write_record(settings, record, samples, entries, complete):
    record["complete"] = complete
    record["state"] = "All cases were run." if complete else "Unfinished: cases are missing."
    disturbed = [case["name"] for case in record["cases"] if is_disturbed(case)]
    record["disturbed"] = disturbed
    if disturbed:
        record["state"] += (f" **Disturbed: other programs took more than {MAX_DISTURBANCE:.0%} of the cores' time during "
                            f"{', '.join(disturbed)}; nothing can be concluded from these.**")
    if settings.quick:
        record["state"] += " Tiny problems (--quick): these times mean nothing."
    record["ceilings"] = summarise_ceilings(samples)
    add_shares(record)
    record["entries"] = entry_facts(entries, record["cases"])
    record["goals"] = [] if settings.quick else goals.judge(
        [case for case in record["cases"] if case["name"] not in disturbed], record["ceilings"], settings.threads)
    files.write_whole(settings.output / "bench.json", json.dumps(record, indent=1, allow_nan=False) + "\n")
    files.write_whole(settings.output / "bench.md", report.markdown(record))


def scratch_parent():
    """$TMPDIR if it is set; else a folder in memory if there is room, since results of 512 MiB are written and
    read."""
    memory = Path("/dev/shm")
    if "TMPDIR" in os.environ:
        return None
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > SCRATCH_BYTES:
        return memory
    return None


# ---- The run


def build_all(settings):
    settings.build.mkdir(parents=True, exist_ok=True)
    say("Building")
    if settings.gpufare is None:
        settings.gpufare = roster.build_gpufare(ROOT, settings.build / "gpufare")
    settings.no_tools = roster.build_tools(settings.cc, settings.build)


def run_all(settings, chosen, entries, record):
    samples = {}
    record["opencl"] = measure_opencl(settings)
    for case in chosen:
        measure_ceilings(settings, samples)
        record["cases"].append(run_case(settings, case, entries))
        write_record(settings, record, samples, entries, case is chosen[-1])


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupt)
    settings = read_arguments()
    build_all(settings)
    facts = roster.devices_of(settings.gpufare)
    chosen = cases.select(cases.QUICK if settings.quick else cases.FULL, settings.cases)
    entries = roster.select(roster.everyone(settings, facts), settings.peers)
    if settings.list:
        print("\n".join([f"case  {case.name}" for case in chosen] + [f"row   {e.name}  {e.label}" for e in entries]))
        return 0
    settings.output.mkdir(parents=True, exist_ok=True)
    record = {"schema": "gpufare.bench/1", "date": datetime.datetime.now(datetime.timezone.utc).isoformat("T", "seconds"),
              "machine": machine_facts(settings, facts),
              "settings": {"rounds": settings.rounds, "threads": settings.threads, "quick": settings.quick,
                           "limit_s": settings.limit, "copy_mib": copy_mib(settings)}, "cases": []}
    with tempfile.TemporaryDirectory(dir=scratch_parent(), prefix="gpufare-bench-") as scratch:
        settings.scratch = Path(scratch)
        settings.reference, settings.inputs = settings.scratch / "reference.npy", settings.scratch / "inputs.bin"
        run_all(settings, chosen, entries, record)
    say(f"Wrote {settings.output / 'bench.md'} and {settings.output / 'bench.json'}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("Interrupted: the cases that were done are in the files, the rest is not.")
        sys.exit(130)
    except (roster.BuildError, ValueError, OSError) as error:
        say(f"tools/bench/run: {error}")
        sys.exit(1)
