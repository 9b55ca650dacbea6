#!/usr/bin/env python3
"""Times the variant that an OpenCL device gets by default against the best of all by hand. See docs/tuning.md."""
import argparse
import datetime
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import files
import native

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "gpufare.variants-bench/1"
SEARCH_ROUNDS = 3
CLOSE = 1.5


def all_cases():
    cases = [("julia-1000", ["julia", "--size", "1000x1000"]), ("julia-300", ["julia", "--size", "300x300"]),
             ("diffusion-512", ["diffusion", "--size", "512x512", "--steps", "100"]),
             ("diffusion-2048", ["diffusion", "--size", "2048x2048", "--steps", "32"]),
             ("sum-10000000", ["sum", "--count", "10000000"]), ("peak", ["peak"])]
    cases = [(f"{name}-{bits}", case + ["--precision", bits]) for name, case in cases for bits in ("f64", "f32")]
    return cases + [("prime-61", ["prime"])]


def use_driver(build, name):
    """Of those that tools/drivers/fetch brings: this process and its children see no other."""
    folder = build / "drivers" / name
    if not (folder / "complete").exists():
        raise RuntimeError(f"--driver {name}: get it with: tools/drivers/fetch {folder.parent} {name}")
    os.environ["OCL_ICD_VENDORS"] = str(folder / "vendors")
    for line in (folder / "environment").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        os.environ[key] = value


def find_device(settings):
    devices = json.loads(subprocess.run([str(settings.gpufare), "devices", "--json", "-"], capture_output=True, text=True,
                                        check=True).stdout)["devices"]
    for device in devices:
        if device["id"] == settings.device:
            return device
    raise RuntimeError(f"--device {settings.device}: there are {', '.join(device['id'] for device in devices)}")


def variants_of(settings, case):
    """As the refusal of a variant that there is not lists them."""
    command = [str(settings.gpufare), "run", *case, "--device", f"{settings.device}:none-such"]
    refusal = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    listed = re.search(r"\(it has ([^)]*)\)", refusal)
    if listed is None:
        raise RuntimeError(refusal.strip().splitlines()[-1] if refusal.strip() else "no variants are listed")
    return [name.strip() for name in re.split(r",| and ", listed.group(1)) if name.strip()]


def search(settings, case, store):
    """The fastest variant and the time of each; those within half of the fastest are timed again, in turns."""
    devices = [f"{settings.device}:{name}" for name in variants_of(settings, case)]
    times = native.time_candidates(settings, case, [(device,) for device in devices], store)
    close = [row for row in times if times[row] <= CLOSE * min(times.values())]
    rounds = [native.time_candidates(settings, case, close, store) for _ in range(SEARCH_ROUNDS)]
    medians = {row: statistics.median(each[row] for each in rounds) for row in close if all(row in each for each in rounds)}
    if not medians:
        raise RuntimeError("none of the fastest variants ran each time")
    return min(medians, key=medians.get), {row[0].split(":")[2]: round(ms, 4) for row, ms in (times | medians).items()}


def let_it_choose(settings, case, store):
    """The tool's own search, which it keeps. Some devices can run a case in relaxed arithmetic only. Returns the case."""
    try:
        native.run(settings, case, settings.device, [], 0.25, store)
    except RuntimeError as error:
        if "use relaxed math" not in str(error):
            raise
        case = [*case, "--math", "relaxed"]
        native.run(settings, case, settings.device, [], 0.25, store)
    return case


def measure(settings, name, case):
    with tempfile.TemporaryDirectory() as store:
        case = let_it_choose(settings, case, store)
        best, times = search(settings, case, store)
        return {"case": name, "arguments": case, "device": settings.device, "variants_ms": times,
                **native.compare(settings, case, settings.device, best, store)}


def table(rows):
    lines = ["| case | default | ms | best by hand | ms | best / default | quartiles | pairs |",
             "|---|---|--:|---|--:|--:|--:|--:|"]
    lines += [f"| {row['case']} | {row['default']['variant']} | {row['default_ms']:.4g} | {row['best'][0].split(':')[2]} | "
              f"{row['best_ms']:.4g} | {row['ratio']:.2f} | {row['ratio_q1']:.2f} to {row['ratio_q3']:.2f} | "
              f"{native.pairs_text(row)} |" for row in rows]
    held = sum(row["ratio"] >= native.GOAL for row in rows)
    same = sum(row["best"][0].endswith(f":{row['default']['variant']}") for row in rows)
    return "\n".join([*lines, "", f"{held} of {len(rows)} are at {native.GOAL} or above. In {same} the default is the best "
                      "variant by hand, so that their ratios are scatter."]) + "\n"


def read_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench/variants", allow_abbrev=False, description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "variants.json", metavar="FILE",
                        help="results; a table goes to stdout; default out/variants.json")
    parser.add_argument("--device", default="0:0", help="default 0:0")
    parser.add_argument("--driver", metavar="NAME", help="one that tools/drivers/fetch has put into the build folder")
    parser.add_argument("--cases", default="", metavar="LIST", help="cases, or beginnings of their names; default all")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="fewest pairs; default 7")
    parser.add_argument("--most-rounds", type=int, default=15, metavar="N", help="most pairs; default 15")
    parser.add_argument("--min-time", type=float, default=0.05, metavar="S", help="samples of one turn; default 0.05")
    parser.add_argument("--most-others", type=float, default=native.MOST_OTHERS, metavar="SHARE",
                        help="processor time of other programs beside a run that still counts, as a multiple of its time; "
                        f"default {native.MOST_OTHERS}")
    parser.add_argument("--build", type=Path, default=ROOT / "build-release", metavar="DIR", help="default build-release")
    settings = parser.parse_args()
    if settings.rounds < 2:
        parser.error(f"--rounds {settings.rounds}: give at least 2")
    settings.build = settings.build.resolve()
    settings.gpufare = settings.build / "bin" / "gpufare"
    if not settings.gpufare.exists():
        parser.error(f"--build {settings.build}: there is no bin/gpufare in it")
    settings.search_time, settings.disturbed = settings.min_time, 0
    return settings


def is_wanted(settings, device, name):
    wanted = [prefix for prefix in settings.cases.split(",") if prefix]
    return (device["f64"] or not name.endswith("f64")) and (not wanted or any(name.startswith(prefix) for prefix in wanted))


def save(settings, device, rows):
    document = {"schema": SCHEMA, "date": str(datetime.date.today()), "cores": len(os.sched_getaffinity(0)),
                "device": {key: device[key] for key in ("name", "platform", "driver", "simd")}, "rows": rows}
    settings.output.parent.mkdir(parents=True, exist_ok=True)
    files.write_whole(settings.output, json.dumps(document, indent=1) + "\n")


def measure_all(settings, device):
    """The rows, saved after each, and whether all cases could be measured."""
    rows, complete = [], True
    for name, case in all_cases():
        if not is_wanted(settings, device, name):
            continue
        try:
            rows.append(measure(settings, name, case))
        except RuntimeError as error:
            print(f"tools/bench/variants: {name}: {error}", file=sys.stderr)
            complete = False
            continue
        save(settings, device, rows)
        print(f"{name}: {rows[-1]['ratio']:.2f}, {rows[-1]['default']['variant']}", file=sys.stderr, flush=True)
    return rows, complete


def main():
    settings = read_arguments()
    try:
        if settings.driver:
            use_driver(settings.build, settings.driver)
        device = find_device(settings)
    except RuntimeError as error:
        print(f"tools/bench/variants: {error}", file=sys.stderr)
        return 1
    rows, complete = measure_all(settings, device)
    print(table(rows), end="")
    return 0 if rows and complete else 1


if __name__ == "__main__":
    sys.exit(main())
