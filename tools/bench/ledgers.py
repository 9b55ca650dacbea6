"""Runs `gpufare run` under `gpufare trace` and compares the two ledgers, round trip by round trip.

The run takes its times around its own calls, the layer inside of them, so that they share no clock
reading. Of diffusion, which moves one array up and one down, a round trip is in the trace: the last
transfer before the first launch, with the waits that follow it (h2d); from the first launch to the end
of the last wait (launch + kernel); the next transfer with its waits (d2h).
"""

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TRANSFERS = {f"enqueue {name}" for name in ("write", "read", "copy", "fill", "map", "unmap", "migrate")}
WITHIN_SHARE, WITHIN_US = 0.03, 20


def measure(tool, device, size, trips, folder):
    run = [tool, "run", "diffusion", "-d", device, "--size", size, "--steps", "20", "--warmup", "1", "--repeat", str(trips),
           "--max-samples", str(trips), "--min-time", "0", "--no-tune", "--no-pipeline", "--no-watch", "-q",
           "--json", str(folder / "run.json")]
    trace = [tool, "trace", "-q", "--timeline", str(folder / "timeline.json"), "--", *run]
    done = subprocess.run(trace, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"ledgers: {' '.join(trace)} ended with {done.returncode}: {done.stderr.strip()}")
    result = json.loads((folder / "run.json").read_text())["results"][0]
    events = json.loads((folder / "timeline.json").read_text())["traceEvents"]
    return result, events


def host_calls(events):
    """The calls of the thread that launched kernels, in the order of time."""
    launches = [e for e in events if e["ph"] == "X" and e["name"].startswith("enqueue ") and e["name"] not in TRANSFERS]
    if not launches:
        sys.exit("ledgers: the trace has no launch")
    where = {(e["pid"], e["tid"]) for e in launches[-1:]}
    calls = [e for e in events if e["ph"] == "X" and (e["pid"], e["tid"]) in where]
    return sorted(calls, key=lambda e: e["ts"])


def end(call):
    return call["ts"] + call["dur"]


def is_launch(call):
    return call["name"].startswith("enqueue ") and call["name"] not in TRANSFERS


def round_trips(calls):
    """(h2d, compute, d2h) in us for each run of launches between two transfers."""
    trips, at = [], 0
    while at < len(calls):
        if not is_launch(calls[at]):
            at += 1
            continue
        first = last = at
        while last + 1 < len(calls) and calls[last + 1]["name"] not in TRANSFERS and calls[last + 1]["name"] != "free":
            last += 1
        up = next((i for i in range(first - 1, -1, -1) if calls[i]["name"] in TRANSFERS), None)
        down = last + 1
        if up is not None and down < len(calls) and calls[down]["name"] in TRANSFERS:
            done = down
            while done + 1 < len(calls) and calls[done + 1]["name"] in ("wait", "flush"):
                done += 1
            trips.append((end(calls[first - 1]) - calls[up]["ts"], end(calls[last]) - calls[first]["ts"],
                          end(calls[done]) - calls[down]["ts"]))
        at = last + 1
    return trips


def compare(result, events, trips, structure):
    """The rows of the table in us, and the faults."""
    found = round_trips(host_calls(events))[-trips:]
    phases = {name: phase["samples_ns"] for name, phase in result["phases"].items() if phase}
    own = {"h2d": phases["h2d"], "launch + kernel": [a + b for a, b in zip(phases["launch"], phases["kernel"])], "d2h": phases["d2h"]}
    if len(found) != trips or len(phases["total"]) != trips:
        return [], [f"{len(found)} round trips in the trace, {len(phases['total'])} in the run, not {trips}"]
    rows, faults = [], []
    for index, (name, samples) in enumerate(own.items()):
        run_us = statistics.median(samples) / 1e3
        trace_us = statistics.median(trip[index] for trip in found)
        apart = statistics.median(abs(ns / 1e3 - trip[index]) for ns, trip in zip(samples, found))
        rows.append({"part": name, "run_us": run_us, "trace_us": trace_us, "apart_us": apart})
        if not structure and apart > max(WITHIN_US, WITHIN_SHARE * run_us):
            faults.append(f"{name}: {apart:.1f} us apart (median), of {run_us:.1f} us")
    return rows, faults


def line_of(row):
    return f"  {row['part']:16} run {row['run_us']:12.1f} us   trace {row['trace_us']:12.1f} us   apart {row['apart_us']:8.1f} us"


def write(options, result, rows, faults):
    kept = {"schema": "gpufare.ledgers/1", "date": datetime.date.today().isoformat(), "device": result["device"]["name"],
            "driver": result["device"]["driver"], "workload": f"diffusion {options.size}, 20 steps", "trips": options.trips,
            "rows": rows, "faults": faults}
    options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="compare the ledger of a run with that of its trace")
    parser.add_argument("--tool", default="build-release/bin/gpufare")
    parser.add_argument("--device", default="0:0")
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--trips", type=int, default=9)
    parser.add_argument("--structure", action="store_true", help="judge no times, only that each round trip is in both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write what is shown as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result, events = measure(options.tool, options.device, options.size, options.trips, Path(folder))
    if result["status"] != "ok":
        sys.exit(f"ledgers: the run is {result['status']}: {result['reason']}")
    rows, faults = compare(result, events, options.trips, options.structure)
    print(f"{options.device}: {options.trips} round trips")
    print("\n".join([line_of(row) for row in rows] + [f"  fault: {fault}" for fault in faults]))
    if options.json:
        write(options, result, rows, faults)
    sys.exit(1 if faults else 0)


main()
