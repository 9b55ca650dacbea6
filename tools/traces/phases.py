#!/usr/bin/env python3
"""Runs a program of known phases under `gpufare trace` on several OpenCL drivers, and compares the ledger with the host's
times that the program took itself. Of several runs the one counts in which they differ least, since other programs of the
machine only come between."""
import argparse
import datetime
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/drivers"))
import drivers  # noqa: E402  pylint: disable=wrong-import-position
import files  # noqa: E402  pylint: disable=wrong-import-position

SCHEMA = "gpufare.phases/1"
DRIVERS = ("pocl", "intel", "rusticl")
# Parts of the ledger, and the phases of the program that they are; the rest of the process is the host's.
ALWAYS = {"build": ("build",), "alloc": ("alloc", "free"), "up": ("up",), "kernels": ("kernels",), "waiting": ("waiting",),
          "down": ("down",)}
# Where a driver compiles at first launches: before they start, or while they run, which no clock tells apart.
CLOCKED = ({**ALWAYS, "build": ("build", "first")}, {**ALWAYS, "kernels": ("kernels", "first")})
# Without the device's clock first launches and kernels are waited for.
UNCLOCKED = ({**ALWAYS, "kernels": (), "waiting": ("waiting", "kernels", "first")},)
LIMIT = 0.05     # of the phase
LEAST = 0.01     # of the process: below it a phase is too short to be compared with itself
# Five programs, each heavy in one part: how many times as long as the other phases theirs are.
SHAPES = {"transfers": {"up": 12, "down": 12}, "kernels": {"kernels": 30}, "builds": {"build": 30}, "waiting": {"waiting": 30},
          "host": {"host": 30}}
SHARE_LIMIT = 0.02  # of the process, for each part of these


def parse():
    parser = argparse.ArgumentParser(prog="tools/traces/phases", description=__doc__)
    parser.add_argument("drivers", nargs="*", metavar="DRIVER", help=f"of tools/drivers/fetch; default: {' '.join(DRIVERS)}")
    parser.add_argument("--build", type=Path, default=ROOT / "build-release", help="the build folder")
    parser.add_argument("--no-fetch", action="store_true", help="only drivers that were fetched before")
    parser.add_argument("--ms", type=int, default=200, help="the least length of a phase; default: %(default)s")
    parser.add_argument("--shapes", action="store_true",
                        help=f"five programs instead, each heavy in one part: {', '.join(SHAPES)}; every share within "
                             f"{SHARE_LIMIT * 100:.0f} %% of the process's time")
    parser.add_argument("--runs", type=int, default=3, help="at most so many, until one holds; default: %(default)s")
    parser.add_argument("--record", type=Path, metavar="FILE",
                        help="add what was shown to this JSON; an earlier run of the same driver and version is replaced")
    options = parser.parse_args()
    options.drivers = options.drivers or list(DRIVERS)
    for name in options.drivers:
        if name not in drivers.catalogue.DRIVERS:
            parser.error(f"{name}: no such driver")
    options.build = options.build.resolve()
    return options


def rows_of(truth, ledger, phases, shape):
    """The rows of a table: part, truth and ledger in ns, and whether they agree."""
    total = ledger["total_ns"]

    def limit_ns(truth_ns):
        return SHARE_LIMIT * total if shape else max(LIMIT * truth_ns, LEAST * total)

    wanted = {part: sum(truth[phase] for phase in own) for part, own in phases.items()}
    wanted["host"] = total - sum(wanted.values())
    return [{"part": part, "phases": phases.get(part, ()), "truth_ns": truth_ns, "ledger_ns": ledger[part + "_ns"],
             "agrees": abs(ledger[part + "_ns"] - truth_ns) <= limit_ns(truth_ns)}
            for part, truth_ns in wanted.items()]


def worst(rows):
    return max(abs(row["ledger_ns"] - row["truth_ns"]) for row in rows)


def compare(truth, report, shape):
    """As above, where first launches belong by the driver's own clock."""
    clocked = report["devices"][0]["clock_trouble"] is None
    return min((rows_of(truth, report["processes"][0]["ledger"], phases, shape)
                for phases in (CLOCKED if clocked else UNCLOCKED)), key=worst)


def lacks(report):
    """What the report does not say although it must; None: nothing."""
    trouble = report["devices"][0]["clock_trouble"]
    notes = " ".join(report["processes"][0]["notes"])
    if trouble and "timed by the host's clock; kernels are part of waiting" not in notes:
        return "no note that the host's clock is used"
    return None


def lengths(options, shape):
    """The program's arguments."""
    return [str(options.ms), *(f"{phase}={times * options.ms}" for phase, times in SHAPES.get(shape, {}).items())]


def run(options, place, shape):
    """One run in caches of its own: everything is compiled."""
    folder = place.build / "traces" / place.name / "phases"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "report.json"
    ran = subprocess.run([place.build / "bin/gpufare", "trace", "-q", "--json", path, "--", place.build / "bin/traced_phases",
                          *lengths(options, shape)], env=place.environment(folder), check=True, capture_output=True, text=True)
    truth = {name: int(ns) for name, ns in (line.split() for line in ran.stdout.splitlines())}
    report = json.loads(path.read_text(encoding="utf-8"))
    rows = compare(truth, report, shape)
    total = report["processes"][0]["ledger"]["total_ns"]
    return {"device": report["devices"][0], "total_ns": total, "truth": truth, "rows": rows, "lacks": lacks(report),
            "notes": report["processes"][0]["notes"],
            "worst": worst(rows) / total}


def is_right(shown):
    return shown["lacks"] is None and all(row["agrees"] for row in shown["rows"])


def best_of(options, place, shape):
    best = None
    for turn in range(options.runs):
        shown = run(options, place, shape)
        shown["run"] = turn + 1
        if best is None or (is_right(shown), -shown["worst"]) > (is_right(best), -best["worst"]):
            best = shown
        if is_right(shown):
            break
    return best


def tell(shown):
    print("   part      truth ms  ledger ms   share    off by")
    for row in shown["rows"]:
        off = row["ledger_ns"] - row["truth_ns"]
        print(f"   {row['part']:8} {row['truth_ns'] / 1e6:9.1f} {row['ledger_ns'] / 1e6:10.1f} "
              f"{row['ledger_ns'] / shown['total_ns']:7.1%} {off / shown['total_ns']:8.1%}"
              f"{'' if row['agrees'] else '  DIFFERS'}")
    first = next(row["part"] for row in shown["rows"] if "first" in row["phases"])
    print(f"   first launches are part of {first}")
    if shown["device"]["clock_trouble"]:
        print(f"   its clock {shown['device']['clock_trouble']}")
    if shown["lacks"]:
        print(f"   FAILED: {shown['lacks']}")


def record(path, shown):
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"schema": SCHEMA, "runs": []}

    def key(of):
        return of["driver"], of["device"]["driver"], of.get("shape")
    kept["runs"] = [other for other in kept["runs"] if key(other) != key(shown)] + [shown]
    files.write_whole(path, json.dumps(kept, indent=1) + "\n")


def main():
    options = parse()
    counts = {"right": 0, "wrong": 0, "skipped": 0}
    for name in options.drivers:
        why = drivers.fetch(options, name)
        place = drivers.Place(options.build, name)
        print(f"== {name}: {'SKIPPED: ' + why if why else ', '.join(place.packages)}", flush=True)
        if why:
            counts["skipped"] += 1
            continue
        for shape in SHAPES if options.shapes else (None,):
            if shape:
                print(f"  {shape}: {' '.join(lengths(options, shape))}", flush=True)
            shown = best_of(options, place, shape)
            if shape:
                shown["shape"] = shape
            counts["right" if is_right(shown) else "wrong"] += 1
            tell(shown)
            if options.record:
                record(options.record, {"driver": name, "packages": place.packages, "system": drivers.system_name(),
                                        "date": datetime.date.today().isoformat(), **shown})
    print("Phases: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    if counts["wrong"]:
        return 1
    return 0 if counts["right"] else drivers.SKIPPED


if __name__ == "__main__":
    sys.exit(main())
