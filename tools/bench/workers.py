#!/usr/bin/env python3
"""What it costs that drivers run in workers: the same runs with and without, in turns. See docs/workers.md."""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "gpufare.workers-bench/1"
MOST_SHARE, MOST_NS = 0.01, 30000  # of a round trip, whichever is more
MOST_START_MS = 40

CASES = [
    ("julia-1000", ["julia", "--size", "1000x1000"]),
    ("diffusion-640-k1", ["diffusion", "--size", "640x640", "--steps", "500", "--steps-per-transfer", "1"]),
    ("sum-1e8", ["sum", "--count", "100000000"]),
]


def run_once(options, arguments, in_process):
    """The run's report."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.json"
        command = [options.gpufare, "run", *arguments, "--device", options.device, "--no-tune", "--repeat",
                   str(options.repeat), "--min-time", str(options.min_time), "--quiet", "--json", str(path)]
        subprocess.run(command + (["--in-process"] if in_process else []), check=True)
        return json.loads(path.read_text())["results"][0]


def start_ms(options, in_process):
    """The time of listing the devices, whose drivers were probed before."""
    begin = time.monotonic()
    subprocess.run([options.gpufare, "devices", "--quiet", "--csv", os.devnull] +
                   (["--in-process"] if in_process else []), check=True)
    return (time.monotonic() - begin) * 1e3


def measure_case(options, name, arguments):
    """Turns A B A B; a round trip with its detour is what a user of the worker waits for."""
    totals, detours = {False: [], True: []}, []
    checksums = set()
    for turn in range(options.turns):
        for in_process in (False, True) if turn % 2 == 0 else (True, False):
            result = run_once(options, arguments, in_process)
            totals[in_process].append(result["phases"]["total"]["median_ns"])
            checksums.add(result["checksum"])
            if not in_process:
                detours.append(result["detour_ns"] or 0)
    worker, own = statistics.median(totals[False]), statistics.median(totals[True])
    detour = statistics.median(detours)
    limit = max(MOST_SHARE * own, MOST_NS)
    row = {"name": name, "in_process_ns": own, "worker_ns": worker, "detour_ns": detour,
           "cost_ns": worker - own, "cost_with_detour_ns": worker + detour - own, "limit_ns": limit,
           "turns_in_process_ns": totals[True], "turns_worker_ns": totals[False], "turns_detour_ns": detours,
           "same_checksums": len(checksums) == 1,
           "holds": worker - own <= limit and len(checksums) == 1,
           "holds_with_detour": worker + detour - own <= limit}
    print(f"{name:18} in process {own / 1e6:9.4f} ms  worker {worker / 1e6:9.4f} ms  detour {detour / 1e3:7.1f} us  "
          f"cost {(worker - own) / 1e3:8.1f} us  limit {limit / 1e3:7.1f} us  "
          f"{'holds' if row['holds'] else 'DOES NOT HOLD'}", flush=True)
    return row


def measure_start(options):
    start_ms(options, False)
    worker = [start_ms(options, False) for _ in range(2 * options.turns)]
    own = [start_ms(options, True) for _ in range(2 * options.turns)]
    cost = statistics.median(worker) - statistics.median(own)
    print(f"start: {cost:.1f} ms more with a worker; limit {MOST_START_MS} ms a driver")
    return {"worker_ms": worker, "in_process_ms": own, "cost_ms": cost, "holds": cost <= MOST_START_MS}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpufare", default=str(ROOT / "build-release/bin/gpufare"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--min-time", type=float, default=0.5)
    parser.add_argument("--case", action="append", help="only these")
    parser.add_argument("--json", help="default: docs/measurements/DATE-workers.json; - for none")
    options = parser.parse_args()
    rows = [measure_case(options, name, arguments) for name, arguments in CASES
            if options.case is None or name in options.case]
    start = measure_start(options)
    date = datetime.date.today().isoformat()
    document = {"schema": SCHEMA, "date": date, "cores": os.cpu_count(), "load": os.getloadavg()[0],
                "turns": options.turns, "rows": rows, "start": start}
    if options.json != "-":
        path = Path(options.json or ROOT / f"docs/measurements/{date}-workers.json")
        path.write_text(json.dumps(document, indent=1) + "\n")
        print(f"written: {path}")
    return 0 if start["holds"] and all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
