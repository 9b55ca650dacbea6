#!/usr/bin/env python3
"""Times the native path as it runs by default against the best of a search by hand. See docs/tuning.md."""
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
SCHEMA = "gpufare.native-bench/1"
GOAL = 0.95
STEPS = 64
FINALISTS = 4


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


# ---- One run


def run(settings, case, device, extra, min_time, store):
    """The totals of the samples in ms and the result, or None if this can't run."""
    command = [str(settings.gpufare), "run", *case, "--device", device, "--min-time", str(min_time), "--max-samples",
               "100000", "--json", "-", *extra]
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("OMP_NUM_THREADS", "GPUFARE_ISA", "GPUFARE_DEVICE")}
    environment["XDG_CACHE_HOME"] = store
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    if done.returncode != 0:
        return None
    result = json.loads(done.stdout)["results"][0]
    return [ns / 1e6 for ns in result["phases"]["total"]["samples_ns"]], result


# ---- The search by hand: the product of ISAs, threads and tunables, then all finalists again


def tunings(case):
    """Every value of steps, with tiles of several forms."""
    if case[0] != "diffusion":
        return [[]]
    size = int(case[2].split("x")[0])
    every = int(case[case.index("--steps-per-transfer") + 1])
    found = [["--tune", "steps-per-pass=1"]]
    for steps in (2, 4, 8, 16, 32, 64):
        if steps > every:
            break
        for cols in sorted({min(size, cols) for cols in (256, 512, 1024)}):
            for rows in sorted({size, size // 2}):
                for stores in (1, 2) if size >= 1024 else (1,):
                    found.append(["--tune", f"steps-per-pass={steps},tile-cols={cols},tile-rows={rows},"
                                            f"streaming-stores={stores}"])
    return found


def candidates(case, isas, cores):
    threads = sorted({1, max(1, cores // 2), cores})
    for isa in isas:
        for count in threads:
            for tuning in tunings(case) if isa != "scalar" else [["--no-tune"]]:
                extra = tuning if tuning else ["--no-tune"]
                yield f"native:{isa}", ["--threads", str(count), *extra]


def search(settings, case, isas, cores, store):
    """The fastest few, by their shortest samples. Values far behind are timed once."""
    times = []
    for device, extra in candidates(case, isas, cores):
        timed = run(settings, case, device, extra, settings.search_time, store)
        if timed:
            times.append((min(timed[0]), device, extra))
    times.sort(key=lambda row: row[0])
    return times[:FINALISTS], len(times)


def compare(settings, case, default, finalists, store):
    """The default and the finalists in turns; of each the median over the rounds of the rounds' lower quartiles."""
    rivals = [(default, [])] + [(device, extra) for _, device, extra in finalists]
    rounds = [[] for _ in rivals]
    tuning = None
    for turn in range(settings.rounds):
        for index in range(len(rivals)):
            index = (index + turn) % len(rivals)
            device, extra = rivals[index]
            samples, result = run(settings, case, device, extra, settings.min_time, store)
            rounds[index].append(sorted(samples)[len(samples) // 4])
            if index == 0:
                tuning = {"variant": result["variant"], **(result["tuning"] or {})}
    medians = [statistics.median(values) for values in rounds]
    best = min(range(1, len(rivals)), key=medians.__getitem__)
    return {"default_ms": medians[0], "default_rounds_ms": rounds[0], "default": tuning,
            "best_ms": medians[best], "best_rounds_ms": rounds[best],
            "best": [rivals[best][0], *rivals[best][1]], "ratio": medians[best] / medians[0]}


def measure(settings, name, case, baseline, cores, store):
    isas = ["scalar"] if baseline else settings.isas
    default = "native:scalar" if baseline else "native"
    run(settings, case, default, [], 0.25, store)  # the tool's own search, whose result it keeps
    finalists, tried = search(settings, case, isas, cores, store)
    row = compare(settings, case, default, finalists, store)
    return {"case": name, "device": default, "tried": tried, **row}


# ---- Reports


def table(rows):
    lines = ["| case | default ms | best by hand ms | best / default | default | best |", "|---|--:|--:|--:|---|---|"]
    for row in rows:
        values = row["default"].get("values", {})
        chosen = " ".join([row["default"]["variant"]] + [f"{key} {value}" for key, value in values.items()])
        lines.append(f"| {row['device']} {row['case']} | {row['default_ms']:.4g} | {row['best_ms']:.4g} | "
                     f"{row['ratio']:.2f} | {chosen} | {' '.join(row['best'])} |")
    held = sum(row["ratio"] >= GOAL for row in rows)
    return "\n".join(lines + ["", f"{held} of {len(rows)} are at {GOAL} or above."]) + "\n"


def read_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench/native", allow_abbrev=False, description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "native.json", metavar="FILE",
                        help="results, kept and gone on with; a table goes to stdout; default out/native.json")
    parser.add_argument("--cases", default="", metavar="LIST", help="cases, or beginnings of their names; default all")
    parser.add_argument("--repeat-below", type=float, default=0, metavar="RATIO",
                        help="measure again the cases whose ratio was below; both results stay")
    parser.add_argument("--baseline", action="store_true", help="native:scalar, the baseline, in place of native")
    parser.add_argument("--seconds", type=float, default=1e9, metavar="S", help="start no case after this time")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns of default and finalists; default 5")
    parser.add_argument("--min-time", type=float, default=0.05, metavar="S", help="samples of one turn; default 0.05")
    parser.add_argument("--search-time", type=float, default=0.01, metavar="S",
                        help="samples of one candidate of the search by hand; default 0.01")
    parser.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR", help="default build")
    settings = parser.parse_args()
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


def main():
    settings = read_arguments()
    settings.isas = isas_of(settings)
    cores = len(os.sched_getaffinity(0))
    document = json.loads(settings.output.read_text()) if settings.output.exists() else {
        "schema": SCHEMA, "date": str(datetime.date.today()), "cores": cores, "isas": settings.isas, "rows": []}
    device = "native:scalar" if settings.baseline else "native"
    wanted = [prefix for prefix in settings.cases.split(",") if prefix]
    start = time.monotonic()
    for name, case in all_cases():
        known = [row for row in document["rows"] if row["case"] == name and row["device"] == device]
        again = known and settings.repeat_below and max(row["ratio"] for row in known) < settings.repeat_below
        if (wanted and not any(name.startswith(prefix) for prefix in wanted)) or (known and not again):
            continue
        if time.monotonic() - start > settings.seconds:
            break
        with tempfile.TemporaryDirectory() as store:
            row = measure(settings, name, case, settings.baseline, cores, store)
        document["rows"].append(row)
        settings.output.parent.mkdir(parents=True, exist_ok=True)
        settings.output.write_text(json.dumps(document, indent=1) + "\n")
        print(f"{device} {name}: {row['ratio']:.2f} ({row['tried']} tried)", file=sys.stderr, flush=True)
    print(table(document["rows"]), end="")


if __name__ == "__main__":
    main()
