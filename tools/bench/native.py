#!/usr/bin/env python3
"""Times the native path as it runs by default against the best of a search by hand. See docs/tuning.md."""
import argparse
import datetime
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import files
from watch import MOST_OTHERS, Watch

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "gpufare.native-bench/2"
GOAL = 0.95
STEPS = 64
FINALISTS = 6
FINAL_ROUNDS = 5
SEARCHES = 4
MOST_ATTEMPTS = 8
FEWEST_PAIRS = 5


# ---- Cases: name -> arguments of `gpufare run`, and whether the kernel has tiles


def diffusion(size, precision, every):
    return (f"diffusion-{size}-{precision}-k{every}",
            ["diffusion", "--size", f"{size}x{size}", "--steps", str(STEPS), "--steps-per-transfer", str(every),
             "--precision", precision])


def all_cases():
    cases = [diffusion(size, precision, every) for size in (64, 256, 512, 1024) for precision in ("f32", "f64")
             for every in (1, 2, 4, 8, 16, 64)]
    cases += [(f"sum-{count}-{precision}", ["sum", "--count", str(count), "--precision", precision])
              for count in (100000, 1000000, 30000000) for precision in ("f32", "f64")]
    cases += [(f"julia-{size}-{precision}", ["julia", "--size", f"{size}x{size}", "--precision", precision])
              for size in (64, 1000) for precision in ("f32", "f64")]
    cases += [("prime-61", ["prime"]), ("prime-40", ["prime", "--number", "1099511627689"])]
    return cases


# ---- One run, on a machine where no other program runs


def reason_of(done):
    """The last line of the program's own: drivers write others."""
    lines = done.stderr.strip().splitlines()
    own = [line for line in lines if line.startswith("gpufare:")]
    return (own or lines or [f"exit status {done.returncode}"])[-1]


def run_once(settings, case, device, extra, min_time, store):
    """The totals of the samples in ms, and the result. Raises RuntimeError if the run failed."""
    command = [str(settings.gpufare), "run", *case, "--device", device, "--min-time", str(min_time), "--max-samples",
               "100000", "--json", "-", *extra]
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("OMP_NUM_THREADS", "GPUFARE_ISA", "GPUFARE_DEVICE")}
    environment["XDG_CACHE_HOME"] = store
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{' '.join(command)}: took more than {error.timeout:.0f} s") from error
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {reason_of(done)}")
    result = json.loads(done.stdout)["results"][0]
    return [ns / 1e6 for ns in result["phases"]["total"]["samples_ns"]], result


def run(settings, case, device, extra, min_time, store):
    """The lower quartile of the samples in ms, the result, and whether another program ran beside it. Such runs are made
    again, after a while, but not for ever."""
    for attempt in range(MOST_ATTEMPTS):
        watch, start = Watch(), time.monotonic()
        samples, result = run_once(settings, case, device, extra, min_time, store)
        disturbed = watch.disturbed(time.monotonic() - start, settings.most_others)
        if not disturbed:
            break
        settings.disturbed += 1
        time.sleep(min(0.1 * 2 ** attempt, 5))
    return quartile(samples), result, disturbed


# ---- The search by hand: the product of ISAs, threads and tunables, then the fastest again, in turns


def tiles(case):
    """Every value of steps, with derived tiles and with tiles of several forms."""
    size = int(case[2].split("x")[0])
    every = int(case[case.index("--steps-per-transfer") + 1])
    found = ["steps-per-pass=1"]
    for steps in (2, 4, 8, 16, 32, 64):
        if steps > every:
            break
        found.append(f"steps-per-pass={steps}")
        for cols in sorted({min(size, cols) for cols in (256, 512, 1024)}):
            for rows in sorted({size, size // 2}):
                for stores in (1, 2) if size >= 1024 else (1,):
                    found.append(f"steps-per-pass={steps},tile-cols={cols},tile-rows={rows},streaming-stores={stores}")
    return found


def tunings(case):
    """Each with plain arithmetic and with that which is spread over more units."""
    if case[0] not in ("diffusion", "julia"):
        return []
    shapes = tiles(case) if case[0] == "diffusion" else [""]
    return [",".join(filter(None, (shape, f"balance={balance}"))) for shape in shapes for balance in (1, 2)]


def time_candidates(settings, case, candidates, store):
    """The time of each candidate that can run. A disturbed one counts: the search only says which one is paired."""
    times = {}
    for device, *extra in candidates:
        try:
            times[(device, *extra)] = run(settings, case, device, extra, settings.search_time, store)[0]
        except RuntimeError as error:
            print(error, file=sys.stderr)
    if not times:
        raise RuntimeError("no candidate of the search by hand ran")
    return times


def search(settings, case, isas, cores, store):
    """The fastest values, and how many were tried. ISAs and numbers of threads that take more than twice as long as the
    fastest with derived values are tried with these only."""
    threads = sorted({1, max(1, cores // 2), cores})
    derived = [(f"native:{isa}", "--threads", str(count), "--no-tune") for isa in isas for count in threads]
    times = time_candidates(settings, case, derived, store)
    promising = [row for row in times if times[row] <= 2 * min(times.values()) and row[0] != "native:scalar"]
    tuned = [(*row[:3], "--tune", tuning) for row in promising for tuning in tunings(case)]
    if tuned:
        times |= time_candidates(settings, case, tuned, store)
    # Many were timed once, so that the first of them are the lucky ones: they are timed again, in turns.
    finalists = sorted(times, key=times.get)[:FINALISTS]
    rounds = [time_candidates(settings, case, finalists, store) for _ in range(FINAL_ROUNDS)]
    always = [row for row in finalists if all(row in each for each in rounds)]
    if not always:
        raise RuntimeError("none of the fastest of the search by hand ran each time")
    return min(always, key=lambda row: statistics.median(each[row] for each in rounds)), len(times)


# ---- Pairs of the default and the best by hand, which alone count


def quartile(values):
    return sorted(values)[len(values) // 4]


def ratios_of(best_ms, default_ms):
    return [best / default for best, default in zip(best_ms, default_ms)]


def interval(ratios):
    """The 95 % interval of the median by order statistics, for a number of pairs that is fixed before. Where pairs are
    added until it leaves the goal, it holds the median less often."""
    count, values = len(ratios), sorted(ratios)
    below, rank = 0.5 ** count, 0
    while below <= 0.025:
        rank += 1
        below += math.comb(count, rank) * 0.5 ** count
    return (values[rank - 1], values[count - rank]) if rank else (values[0], values[-1])


def pair(settings, case, default, best, store, default_first):
    """Each side's time, result and whether it was disturbed."""
    sides = {"default": (default, []), "best": (best[0], best[1:])}
    order = ("default", "best") if default_first else ("best", "default")
    return {name: run(settings, case, *sides[name], settings.min_time, store) for name in order}


def compare(settings, case, default, best, store):
    """The default and the best in pairs, whose order changes, until it is clear on which side of the goal the median
    of their ratios is, or there are enough. Pairs beside which other programs ran are only counted."""
    times = {"default": [], "best": []}
    disturbed, low, high, tuning = 0, 0, math.inf, None
    while len(times["best"]) < settings.rounds or low < GOAL <= high:
        if len(times["best"]) + disturbed >= settings.most_rounds:
            break
        found = pair(settings, case, default, best, store, len(times["best"]) % 2 == 0)
        if any(side[2] for side in found.values()):
            disturbed += 1
            continue
        for name, side in found.items():
            times[name].append(side[0])
        result = found["default"][1]
        tuning = {"variant": result["variant"], **(result["tuning"] or {})}
        low, high = interval(ratios_of(times["best"], times["default"]))
    if len(times["best"]) < min(FEWEST_PAIRS, settings.rounds):
        raise RuntimeError(f"other programs disturbed {disturbed} of {disturbed + len(times['best'])} pairs; measure "
                           "again while they rest")
    quartiles = statistics.quantiles(ratios_of(times["best"], times["default"]), n=4, method="inclusive")
    return {"default_ms": statistics.median(times["default"]), "default_rounds_ms": times["default"],
            "default": tuning, "best_ms": statistics.median(times["best"]), "best_rounds_ms": times["best"],
            "best": list(best), "ratio": quartiles[1], "ratio_q1": quartiles[0], "ratio_q3": quartiles[2],
            "ratio_interval": [low, high], "disturbed": disturbed, "most_others": settings.most_others}


def is_decided(default, store):
    """Whether the values and, of several, the ISA are kept."""
    kept = [json.loads(file.read_text()) for file in Path(store).glob("gpufare/tuning-*")]
    return any("values" in one for one in kept) and (default != "native" or any("variant" in one for one in kept))


def let_it_search(settings, case, default, store):
    """The tool's own search, whose result it keeps unless other programs run; then it searches again."""
    for _ in range(SEARCHES):
        disturbed = settings.disturbed
        run(settings, case, default, [], 0.25, store)
        if settings.disturbed == disturbed and is_decided(default, store):
            return True
        for file in Path(store).glob("gpufare/tuning-*"):
            file.unlink()
        time.sleep(1)
    run(settings, case, default, [], 0.25, store)
    return is_decided(default, store)


def measure(settings, name, case, cores, store):
    isas = ["scalar"] if settings.baseline else settings.isas
    default = "native:scalar" if settings.baseline else "native"
    decided = let_it_search(settings, case, default, store)
    best, tried = ((default,), 0) if settings.null else search(settings, case, isas, cores, store)
    return {"case": name, "device": default, "tried": tried, "search_kept": decided,
            **compare(settings, case, default, best, store)}


# ---- Reports


def summary(rows, key):
    """How many cases are held, by the last row of each: a case that is measured again because it was low would be judged
    by its lucky half if both counted."""
    medians = {(row["device"], row["case"]): statistics.median(ratios_of(row["best_rounds_ms"], row["default_rounds_ms"]))
               for row in rows}
    for device in sorted({device for device, _ in medians}):
        own = [median for case, median in medians.items() if case[0] == device]
        held = sum(median >= GOAL for median in own)
        yield (f"{device}, {key}: {held} of {len(own)} are at {GOAL} or above; medians from {min(own):.2f} to "
               f"{max(own):.2f}.")


def pairs_text(row):
    left_out = row.get("disturbed", 0)  # older rows don't say
    return f"{len(row['best_rounds_ms'])}" + (f", {left_out} left out" if left_out else "")


def table(document):
    lines = ["| case | default ms | best by hand ms | best / default | quartiles | pairs | default | best |",
             "|---|--:|--:|--:|--:|--:|---|---|"]
    for row in document["rows"]:
        values = row["default"].get("values", {})
        chosen = " ".join([row["default"]["variant"]] + [f"{key} {value}" for key, value in values.items()])
        lines.append(f"| {row['device']} {row['case']} | {row['default_ms']:.4g} | {row['best_ms']:.4g} | "
                     f"{row['ratio']:.2f} | {row['ratio_q1']:.2f} to {row['ratio_q3']:.2f} | "
                     f"{pairs_text(row)} | {chosen} | {' '.join(row['best'])} |")
    lines += ["", *summary(document["rows"], "best by hand"), *summary(document["null_rows"], "against itself")]
    return "\n".join(lines) + "\n"


def read_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench/native", allow_abbrev=False, description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "native.json", metavar="FILE",
                        help="results, kept and gone on with; a table goes to stdout; default out/native.json")
    parser.add_argument("--cases", default="", metavar="LIST", help="cases, or beginnings of their names; default all")
    parser.add_argument("--repeat-below", type=float, default=0, metavar="RATIO",
                        help="measure again the cases whose last ratio was below; both results stay, the last one counts")
    parser.add_argument("--baseline", action="store_true", help="native:scalar, the baseline, in place of native")
    parser.add_argument("--null", action="store_true", help="the default against itself: what the machine's scatter does")
    parser.add_argument("--seconds", type=float, default=1e9, metavar="S", help="start no case after this time")
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="fewest pairs; default 9")
    parser.add_argument("--most-rounds", type=int, default=31, metavar="N", help="most pairs; default 31")
    parser.add_argument("--min-time", type=float, default=0.05, metavar="S", help="samples of one turn; default 0.05")
    parser.add_argument("--search-time", type=float, default=0.01, metavar="S",
                        help="samples of one candidate of the search by hand; default 0.01")
    parser.add_argument("--most-others", type=float, default=MOST_OTHERS, metavar="SHARE",
                        help="processor time of other programs beside a run that still counts, as a multiple of its time; "
                        f"default {MOST_OTHERS}")
    parser.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR", help="default build")
    settings = parser.parse_args()
    if settings.rounds < 2:
        parser.error(f"--rounds {settings.rounds}: give at least 2")
    settings.disturbed = 0
    settings.gpufare = settings.build / "bin" / "gpufare"
    if not settings.gpufare.exists():
        parser.error(f"--build {settings.build}: there is no bin/gpufare in it")
    return settings


def isas_of(settings):
    """All ISAs that the machine runs."""
    best = json.loads(subprocess.run([str(settings.gpufare), "devices", "--json", "-"], capture_output=True, text=True,
                                     check=True).stdout)["devices"][0]["simd"]
    known = ["scalar", "avx2", "avx512"] if best.startswith("avx") else ["scalar", "neon"]
    return known[:known.index(best) + 1] if best in known else ["scalar"]


def load_document(settings, cores):
    if settings.output.exists():
        return json.loads(settings.output.read_text())
    return {"schema": SCHEMA, "date": str(datetime.date.today()), "cores": cores, "isas": settings.isas, "rows": [],
            "null_rows": []}


def main():
    settings = read_arguments()
    settings.isas = isas_of(settings)
    cores = len(os.sched_getaffinity(0))
    document = load_document(settings, cores)
    rows = document["null_rows" if settings.null else "rows"]
    device = "native:scalar" if settings.baseline else "native"
    wanted = [prefix for prefix in settings.cases.split(",") if prefix]
    start, status = time.monotonic(), 0
    for name, case in all_cases():
        known = [row for row in rows if row["case"] == name and row["device"] == device]
        again = known and settings.repeat_below and known[-1]["ratio"] < settings.repeat_below
        if (wanted and not any(name.startswith(prefix) for prefix in wanted)) or (known and not again):
            continue
        if time.monotonic() - start > settings.seconds:
            break
        try:
            with tempfile.TemporaryDirectory() as store:
                row = measure(settings, name, case, cores, store)
        except RuntimeError as error:
            print(f"tools/bench/native: {device} {name}: {error}", file=sys.stderr)
            status = 1
            continue
        rows.append(row)
        settings.output.parent.mkdir(parents=True, exist_ok=True)
        files.write_whole(settings.output, json.dumps(document, indent=1) + "\n")
        print(f"{device} {name}: {row['ratio']:.2f}, {row['ratio_q1']:.2f} to {row['ratio_q3']:.2f} "
              f"({row['tried']} tried, {settings.disturbed} runs disturbed so far)", file=sys.stderr, flush=True)
    print(table(document), end="")
    return status


if __name__ == "__main__":
    sys.exit(main())
