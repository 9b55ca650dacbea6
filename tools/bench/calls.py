#!/usr/bin/env python3
"""What Python adds to a call of a kernel: saxpy with arrays of 1 MiB, called through C and through the Python package,
in turns A B A B of processes; both use the library of one build, in this process, and arrays in place. Prints the
median of the calls of all turns, and what Python adds: the median over the pairs of turns, and the range of the middle
half of them. Processes differ by more than that where a driver's threads lie otherwise; so it also prints what Python
adds inside of one process, between calls of the library's functions and of the package in turns. See docs/python.md."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
MANIFEST = ROOT / "examples/saxpy"
COUNT = (1 << 20) // 4  # f32 in 1 MiB
KINDS = ("the same arrays", "other arrays each time")


def times_in_python(device, calls):
    """What calls.c does, in Python."""
    import numpy

    import gpufare

    kernel = gpufare.Kernel.from_manifest(MANIFEST, device, n=COUNT)
    pairs = [[numpy.arange(COUNT, dtype="f4") % 7 for _ in range(2)] for _ in range(2)]
    for used in (1, 2):
        for i in range(calls):
            x, y = pairs[i % used]
            start = time.perf_counter_ns()
            call = kernel(x=x, y=y)
            print(time.perf_counter_ns() - start)
            assert call.copied_bytes == 0


def in_turns(device, calls):
    """Calls of the library's functions and of the package, A B B A, on one kernel."""
    import numpy

    import gpufare
    from gpufare._native import ffi, lib

    kernel = gpufare.Kernel.from_manifest(MANIFEST, device, n=COUNT)
    x, y = (numpy.arange(COUNT, dtype="f4") % 7 for _ in range(2))
    places = [ffi.from_buffer("char[]", each) for each in (x, y)]
    error, native, taken = ffi.new("gf_error *"), kernel._call, ffi.new("gf_call_times *")
    kernel(x=x, y=y)

    def through_functions():
        lib.gf_call_bind(native, 0, places[0], error)
        lib.gf_call_bind(native, 1, places[1], error)
        lib.gf_call_run(native, taken, error)

    ways = [through_functions, lambda: kernel(x=x, y=y)]
    for i in range(calls):
        took = [0, 0]
        for way in (0, 1) if i % 2 == 0 else (1, 0):  # whichever comes second finds the threads awake
            start = time.perf_counter_ns()
            ways[way]()
            took[way] = time.perf_counter_ns() - start
        print(*took, sep="\n")


def medians(command, environment, part):
    """Of the calls of each kind, without their first tenth, which warms up."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    times = [int(line) for line in done.stdout.split()]
    return [statistics.median(each[len(each) // 10:]) for each in part(times)]


def halves(times):
    return times[:len(times) // 2], times[len(times) // 2:]


def odd_and_even(times):
    return times[::2], times[1::2]


def compile_c(build, folder):
    program = Path(folder) / "calls"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=gnu17", f"-I{ROOT / 'host'}", str(BENCH / "calls.c"), "-o",
                    str(program), f"-L{build}", "-lgpufare", f"-Wl,-rpath,{build}"], check=True)
    return program


def row_of(device, arrays, pairs):
    """`pairs`: the medians of both sides in each turn, in ns."""
    added = sorted(python - c for c, python in pairs)
    quarter = len(added) // 4
    return {"device": device, "arrays": arrays, "C_us": statistics.median(c for c, _ in pairs) / 1e3,
            "Python_us": statistics.median(python for _, python in pairs) / 1e3,
            "added_us": statistics.median(added) / 1e3,
            "middle_half_us": [added[quarter] / 1e3, added[-1 - quarter] / 1e3]}


def measure(options, device, program):
    environment = {**os.environ, "PYTHONPATH": str(options.build / "python")}
    child = [sys.executable, "-B", __file__, "--calls", str(options.calls), "--child", device]
    in_c, in_python, alternating = [], [], []
    for _ in range(options.rounds):
        in_c.append(medians([program, MANIFEST, device, str(COUNT), str(options.calls)], environment, halves))
        in_python.append(medians(child, environment, halves))
        alternating.append(medians([*child, "--in-turns"], environment, odd_and_even))
    for i, kind in enumerate(KINDS):
        yield row_of(device, kind, [(c[i], python[i]) for c, python in zip(in_c, in_python)])
    yield row_of(device, "in one process", alternating)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build-release", help="the build to use")
    parser.add_argument("--device", action="append", help="default: native and 0:0")
    parser.add_argument("--calls", type=int, default=2000, help="in each turn, of each kind")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--json", type=Path, help="write the results there, too")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--in-turns", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        (in_turns if options.in_turns else times_in_python)(options.child, options.calls)
        return
    options.build = options.build.resolve()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        program = compile_c(options.build, folder)
        for device in options.device or ["native", "0:0"]:
            for row in measure(options, device, program):
                print("{device:8} {arrays:24} C {C_us:8.1f} us  Python {Python_us:8.1f} us  added {added_us:6.1f} us "
                      "({middle_half_us[0]:.1f} to {middle_half_us[1]:.1f})".format(**row), flush=True)
                rows.append(row)
    if options.json:
        options.json.write_text(json.dumps({"schema": "gpufare.calls-bench/1", "calls": options.calls,
                                            "rounds": options.rounds, "results": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
