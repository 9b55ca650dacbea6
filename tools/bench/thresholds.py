#!/usr/bin/env python3
"""Holds the thresholds that `gpufare breakeven` finds for the kernels of examples/ against a sweep by hand: 50 sizes,
each measured by a `gpufare compare` of its own. By hand the threshold is where the fewest percent are lost: before it
the one device is taken, from it on the other, which is the faster at the end. Exit status 1: fewer than 11 of 12 are
within one of the 50 steps. See docs/your-own-kernel.md."""
import argparse
import datetime
import json
import math
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from files import write_whole  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "gpufare.thresholds-check/1"
SIZES, MOST_OFF, CLOSE = 50, 1, math.log(1.05)
GOAL = 11

# What varies, from where to where, and what the other parameters are.
CASES = {
    "bitonic_sort": ("n", 1000, 1 << 20, []),
    "black_scholes": ("n", 1000, 1 << 22, []),
    "convolution": ("rows", 8, 2048, ["--cols", "1024"]),
    "fft": ("log2_n", 6, 21, []),
    "histogram": ("n", 1000, 1 << 25, []),
    "matrix_product": ("m", 8, 1024, ["--n", "256", "--k", "256"]),
    "monte_carlo_pi": ("points", 1000, 1 << 24, []),
    "nbody": ("n", 64, 4096, []),
    "prefix_sum": ("n", 1000, 1 << 24, []),
    "saxpy": ("n", 1000, 1 << 24, []),
    "spmv": ("rows", 64, 1 << 18, []),
    "stencil": ("nz", 4, 256, ["--ny", "64", "--nx", "64"]),
}


def sizes_of(low, high):
    """At most 50, evenly spaced on a logarithmic axis; fewer where whole numbers lie further apart."""
    return sorted({round(low * (high / low) ** (i / (SIZES - 1))) for i in range(SIZES)})


def call(arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return json.loads(done.stdout)


def common(options):
    threads = ["--threads", str(options.threads)] if options.threads else []
    return ["-d", ",".join(options.devices), *threads, "--no-pipeline", "--no-tune", "--quiet", "--json", "-"]


def by_hand(options, example, name, sizes, others):
    """ln(time of the second device / time of the first) at each size."""
    ratios = []
    for size in sizes:
        result = call([options.gpufare, "compare", f"{ROOT}/examples/{example}", f"--{name}", str(size), *others, "--repeat", "5",
                       "--min-time", str(options.seconds), *common(options)])
        first, second = (row["phases"]["total"]["median_ns"] for row in result["results"])
        ratios.append(math.log(second / first))
    return ratios


def split(ratios):
    """The winner at the end, 0 or 1, and the index from which it should be taken."""
    winner = 0 if sum(ratios[-3:]) > 0 else 1
    gains = [ratio if winner == 0 else -ratio for ratio in ratios]  # of the winner

    def lost(index):
        return sum(max(0, gain) for gain in gains[:index]) + sum(max(0, -gain) for gain in gains[index:])
    return winner, min(range(len(ratios) + 1), key=lost)


def found(options, example, name, sizes, others, axis):
    """What `breakeven` says; up to three times, while other programs disturb it."""
    for _ in range(3):
        answer = ask(options, example, name, sizes, others, axis)
        if "busy" not in answer["answer"]:
            break
    return answer


def ask(options, example, name, sizes, others, axis):
    report = call([options.gpufare, "breakeven", f"{ROOT}/examples/{example}", "--sweep", f"{name}={sizes[0]}:{sizes[-1]}{axis}",
                   *others, "--no-predict", *common(options)])
    return {"answer": report["answer"],
            "thresholds": [row for row in report["thresholds"] if row["against"] is None and row["basis"] == "measured"]}


def judge(options, sizes, ratios, tool):
    winner, index = split(ratios)
    label = options.devices[winner]
    row = next((row for row in tool["thresholds"] if row["device"].startswith(label)), None)
    close = abs(sum(ratios[-3:]) / 3) < CLOSE and "too close" in tool["answer"]
    if row is None or row["kind"] == "never":
        return {"winner": label, "by_hand": index, "tool": None, "holds": close, "close": close}
    place = 0 if row["kind"] == "always" else next((i for i, size in enumerate(sizes) if size >= row["crossing"]), len(sizes))
    return {"winner": label, "by_hand": index, "tool": place, "holds": abs(place - index) <= MOST_OFF, "close": close}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE", help=f"which; default: {' '.join(CASES)}")
    parser.add_argument("--gpufare", default=str(ROOT / "build-release/bin/gpufare"))
    parser.add_argument("--devices", default="native:twin,0:0", help="two; default: native:twin,0:0")
    parser.add_argument("--threads", type=int, help="of the native path, so that it may be the slower one; default: as usual")
    parser.add_argument("--seconds", type=float, default=0.03, help="least sum of the samples of one size by hand")
    parser.add_argument("--json", help="default: docs/measurements/DATE-thresholds.json")
    options = parser.parse_args()
    options.devices = options.devices.split(",")
    unknown = set(options.examples) - set(CASES)
    if unknown or len(options.devices) != 2:
        parser.error(f"no such example: {' '.join(sorted(unknown))}" if unknown else "--devices: give two")
    return options


def main():
    options = parse()
    date = datetime.date.today().isoformat()
    path = Path(options.json or ROOT / f"docs/measurements/{date}-thresholds.json")
    rows = []
    for example in options.examples or CASES:
        name, low, high, others = CASES[example]
        sizes = sizes_of(low, high)
        axis = ":+1" if len(sizes) < SIZES // 2 else ":x4"
        before = os.getloadavg()[0]
        try:
            tool = found(options, example, name, sizes, others, axis)
            ratios = by_hand(options, example, name, sizes, others)
        except RuntimeError as error:
            print(f"{example}: {error}", file=sys.stderr)
            return 1
        row = {"example": example, "parameter": name, "sizes": sizes, "ln_ratios": [round(ratio, 4) for ratio in ratios],
               "load": before, "answer": tool["answer"], **judge(options, sizes, ratios, tool)}
        rows.append(row)
        print(f"{example}: {row['winner']} from step {row['by_hand']} of {len(sizes)} by hand, {row['tool']} by gpufare"
              f"{'' if row['holds'] else '  MISSED'}; {row['answer']}", flush=True)
        write_whole(path, json.dumps({"schema": SCHEMA, "date": date, "devices": options.devices, "threads": options.threads, "rows": rows}, indent=1) + "\n")
    held = sum(row["holds"] for row in rows)
    print(f"{held} of {len(rows)} within {MOST_OFF} step")
    return 0 if held * 12 >= GOAL * len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
