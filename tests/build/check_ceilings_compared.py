"""tools/bench/check_ceilings.py compares rates of the same size only, whatever sizes the independent program had. It
keeps each run at once, goes on from there, and says which kernels pass their ceilings. Argument: SOURCE_DIR"""
import contextlib
import io
import json
import math
import sys
import tempfile
import time
import types
from pathlib import Path

KIB = 1024


def check(condition, text):
    if not condition:
        sys.exit(f"FAILED: {text}")


def independent(least_copied):
    """A rate that is the size in KiB, in 1e9 bytes a second."""
    sizes = [least_copied] + [256 * KIB << 2 * i for i in range(6)]
    reads = [64 * KIB] + sizes[1:]
    return {"f32": 1, "f64": 2, "integer": 3, "copies": {str(size): size / KIB for size in sizes},
            "reads": {str(size): size / KIB for size in reads}}


def kept():
    rates = [256.0 * 4 ** i for i in range(6)]
    return {"f32_operations_per_s": 1e9, "f64_operations_per_s": 2e9, "integer_operations_per_s": 3e9,
            "copies_bytes_per_s": [rate * 1e9 for rate in [32.0] + rates],
            "reads_bytes_per_s": [rate * 1e9 for rate in [64.0] + rates]}


class Stopped(Exception):
    """In place of a signal."""


def make_up_runs(check_ceilings, share=0.9, stop_at=math.inf, raised_by=1):
    """Calibrations and runs that measure nothing, and what was called."""
    called = []

    def runs_of(_arguments, name, _command):
        if called.count("run") == stop_at:
            raise Stopped
        called.append("run")
        return [{"workload": name, "device": "native:avx2", "ceiling": "memory", "ceiling_ns": share, "measured_ns": 1,
                 "predicted_ns": 1, "share": share, "raised_by": raised_by}]

    check_ceilings.runs_of = runs_of
    check_ceilings.ceilings_of = lambda _arguments: {"native": {"disturbed": {"copies": False}}}
    check_ceilings.report_of = lambda _arguments, verb, *_others: called.append(verb)
    return called


def make_arguments(path, seconds=math.inf):
    now = time.monotonic()
    return types.SimpleNamespace(file=path, rounds=3, seconds=seconds, start=now, last=now, longest=0, devices="native")


def check_pieces(check_ceilings, path):
    """Runs that are stopped and go on make as many as others."""
    record = {"calibrations": [], "runs": []}
    workloads = len(check_ceilings.WORKLOADS)
    called = make_up_runs(check_ceilings, stop_at=workloads + 2)
    with contextlib.suppress(Stopped):
        check_ceilings.runs(make_arguments(path), record)
    kept = json.loads(path.read_text())
    check(len(kept["runs"]) == workloads + 2, f"{workloads + 2} runs were made and {len(kept['runs'])} kept")
    check(called.count("calibrate") == 2, f"each round has a calibration: {called}")
    called = make_up_runs(check_ceilings)
    check_ceilings.runs(make_arguments(path), kept)
    check(called.count("run") == 2 * workloads - 2, f"it did not go on from what was kept: {called}")
    counts = {name: sum(run["workload"] == name for run in kept["runs"]) for name in check_ceilings.WORKLOADS}
    check(set(counts.values()) == {3}, f"not 3 runs of each: {counts}")
    check_ceilings.runs(make_arguments(path), kept)
    check(called.count("run") == 2 * workloads - 2, "it ran more than it was asked for")


def check_time(check_ceilings, path):
    called = make_up_runs(check_ceilings)
    check_ceilings.runs(make_arguments(path, seconds=0), {"calibrations": [], "runs": []})
    check(not called, f"without time it ran {called}")


def summary_of(check_ceilings, share, raised_by=1):
    record = {"calibrations": [], "runs": []}
    make_up_runs(check_ceilings, share, raised_by=raised_by)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
        check_ceilings.runs(make_arguments(Path(folder) / "c.json"), record)
        status = check_ceilings.summarise(record)
    return status, said.getvalue()


def check_runs(check_ceilings):
    with tempfile.TemporaryDirectory() as folder:
        check_pieces(check_ceilings, Path(folder) / "c.json")
        check_time(check_ceilings, Path(folder) / "none.json")
    for share, raised_by, count in ((1.02, 1.02, 0), (1.04, 1, 21), (1, 1.04, 21)):
        status, said = summary_of(check_ceilings, share, raised_by)
        check(status == (1 if count else 0) and f"21 runs, beside {count} of which" in said,
              f"{share} of a ceiling raised by {raised_by}: {status}, {said}")


def main():
    sys.path.insert(0, f"{sys.argv[1]}/tools/bench")
    import check_ceilings

    for least, rates in ((32 * KIB, 17), (64 * KIB, 16)):
        entry = {"kept": {"native": kept()}, "before": independent(least), "after": independent(least)}
        compared = check_ceilings.compare(entry, "native")
        check(len(compared) == rates, f"{least}: {len(compared)} rates are compared: {list(compared)}")
        for name, (ratio, spread) in compared.items():
            check(abs(ratio - 1) < 1e-9 and spread == 1, f"{least}: {name} is {ratio} times the independent one")
    check_runs(check_ceilings)


if __name__ == "__main__":
    main()
