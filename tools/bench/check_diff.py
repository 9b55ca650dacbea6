"""How often `gpufare diff` finds changes where there are none, and how surely it finds one that there is: on made-up reports
of known distributions, and on those of real runs."""
import argparse
import concurrent.futures
import datetime
import itertools
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import files

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MEASUREMENTS = ROOT / "docs" / "measurements"
MOST_FALSE = 0.05  # of diffs without any change
LEAST_FOUND = 0.95  # of slow-downs by 10 %
# What is run for pairs of real runs.
RUNS = {
    "julia": ["compare", "julia", "--device", "native:avx512,native:scalar,cpu", "--threads", "1"],
    "sum": ["compare", "sum", "--count", "4000000", "--device", "native:avx512,native:scalar,cpu", "--threads", "1"],
}


def fail(text):
    sys.exit(f"check_diff: {text}")


# ---- Made-up samples: factors around 1 ----


def log_normal(scatter):
    return lambda rng, count: [math.exp(rng.gauss(0, scatter)) for _ in range(count)]


def with_outliers(rng, count):
    """One of twenty takes up to five times as long."""
    return [math.exp(rng.gauss(0, 0.02)) * (rng.uniform(1.5, 5) if rng.random() < 0.05 else 1) for _ in range(count)]


def bimodal(rng, count):
    """Two modes, 20 % apart, as with two clock rates."""
    return [math.exp(rng.gauss(0, 0.01)) * (1.2 if rng.random() < 0.5 else 1) for _ in range(count)]


def autocorrelated(correlation):
    def make(rng, count):
        values, value = [], rng.gauss(0, 0.03)
        for _ in range(count):
            value = correlation * value + math.sqrt(1 - correlation ** 2) * rng.gauss(0, 0.03)
            values.append(math.exp(value))
        return values
    return make


def coarse_clock(rng, count):
    """A clock of steps of 4 %."""
    return [round(math.exp(rng.gauss(0, 0.02)) / 0.04) * 0.04 for _ in range(count)]


# name: the samples, how many, and the standard deviation from run to run
SCENARIOS = {
    "log-normal, 2 %": (log_normal(0.02), 30, 0),
    "log-normal, 10 %": (log_normal(0.1), 30, 0),
    "log-normal, 2 %, 8 samples": (log_normal(0.02), 8, 0),
    "log-normal, 2 %, 500 samples": (log_normal(0.02), 500, 0),
    "log-normal, 2 %, runs differ by 1.6 %": (log_normal(0.02), 30, 0.016),
    "outliers": (with_outliers, 30, 0),
    "two modes": (bimodal, 30, 0),
    "neighbours alike, 0.6": (autocorrelated(0.6), 30, 0),
    "neighbours alike, 0.9": (autocorrelated(0.9), 30, 0),
    "coarse clock": (coarse_clock, 30, 0),
}
# device, variant, and ns of each phase; the total is their sum
DEVICES = [("native", "scalar", {"kernel": 4e7}), ("native", "avx2", {"kernel": 9e6}),
           ("0:0", "vector", {"h2d": 1e6, "launch": 2e5, "kernel": 6e6, "d2h": 8e5})]
PHASES = ["h2d", "launch", "kernel", "d2h", "unexplained"]


def phase_json(samples):
    ns = [max(0, round(sample)) for sample in samples]
    middle = sorted(ns)[len(ns) // 2]
    return {"median_ns": middle, "min_ns": min(ns), "max_ns": max(ns), "samples_ns": ns, "clock": "monotonic"}


def result_json(rng, device, scenario, factor):
    name, variant, phases = device
    make, count, deviation = scenario
    run = math.exp(rng.gauss(0, deviation)) * factor
    times = {phase: [run * phases.get(phase, 0) * value for value in make(rng, count)] for phase in PHASES}
    times["unexplained"] = [1000 * value for value in make(rng, count)]
    times["total"] = [sum(parts) for parts in zip(*times.values())]
    kind = "native" if name == "native" else "opencl-cpu"
    return {"device": {"id": name, "name": "made up", "kind": kind, "platform": "none", "driver": "1"}, "variant": variant,
            "status": "ok", "phases": {phase: phase_json(samples) for phase, samples in times.items()},
            "pipelined": None, "disturbed_samples": 0}


def report_json(rng, scenario, factors=(1, 1, 1)):
    machine = {"cpu": "made up", "os": "none", "compiler": "none", "cores": 2, "threads": 2, "memory_bytes": 1 << 30,
               "gpufare": "0"}
    return {"schema": "gpufare.compare/1", "cut_short": None, "machine": machine,
            "workload": {"name": "made-up", "parameters": {"size": 1}},
            "results": [result_json(rng, device, scenario, factor) for device, factor in zip(DEVICES, factors)]}


# ---- Diffs ----


def diff(program, old, new):
    """The changes that a diff of two files, or of two lists of them, tells."""
    command = [program, "diff", ",".join(map(str, old)), ",".join(map(str, new)), "--fail-above", "5%", "--json", "-"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 6):
        fail(f"{' '.join(command)}: {run.stderr.strip()}")
    return json.loads(run.stdout)["changes"]


def called(changes):
    return [f"{change['device']} {change['phase']}" for change in changes if change["answer"] in ("slower", "faster")]


def made_up_case(settings, folder, name, index, factors):
    """One pair of reports of a scenario: what the diff calls changed."""
    rng = random.Random(f"{settings.seed} {name} {index} {factors}")
    scenario = SCENARIOS[name]
    paths = [folder / f"{index}-old.json", folder / f"{index}-new.json"]
    for path, factor in zip(paths, ((1, 1, 1), factors)):
        path.write_text(json.dumps(report_json(rng, scenario, factor)))
    changes = diff(settings.program, paths[:1], paths[1:])
    for path in paths:
        path.unlink()
    return changes


def in_parallel(settings, function, arguments):
    with concurrent.futures.ThreadPoolExecutor(settings.jobs) as pool:
        return list(pool.map(lambda each: function(*each), arguments))


def check_made_up(settings, name):
    with tempfile.TemporaryDirectory() as folder:
        cases = [(settings, pathlib.Path(folder), name, index, (1, 1, 1)) for index in range(settings.count)]
        answers = in_parallel(settings, made_up_case, cases)
    wrong = sum(bool(called(changes)) for changes in answers)
    judged = len([change for change in answers[0] if change["answer"] != "left out"])
    return {"scenario": name, "diffs": len(answers), "called": wrong, "times": judged}


def check_power(settings, name):
    """One device becomes slower by a tenth."""
    with tempfile.TemporaryDirectory() as folder:
        cases = [(settings, pathlib.Path(folder), name, index, (1, 1.1, 1)) for index in range(settings.count)]
        answers = in_parallel(settings, made_up_case, cases)
    slow = [[change for change in changes if change["device"] == "native:avx2" and change["phase"] == "total"][0]
            for changes in answers]
    elsewhere = sum(any(not name.startswith("native:avx2") for name in called(changes)) for changes in answers)
    return {"scenario": name, "diffs": len(answers), "found": sum(change["answer"] == "slower" for change in slow),
            "regressions": sum(change["regression"] for change in slow), "called elsewhere": elsewhere}


# ---- Real runs ----


def measure(settings):
    """Real runs, one process each, until there are as many reports as asked for. They are kept in the folder."""
    settings.runs.mkdir(parents=True, exist_ok=True)
    for index, (name, arguments) in itertools.product(range(settings.measure), RUNS.items()):
        path = settings.runs / f"{name}-{index + 1}.json"
        if not path.exists():
            subprocess.run([settings.program, *arguments, "--quiet", "--json", str(path)], check=True)


def scatter(values):
    middle = sorted(values)[len(values) // 2]
    return math.sqrt(sum((value - middle) ** 2 for value in values) / max(1, len(values) - 1))


def logs_of_totals(reports):
    logs = {}
    for report in reports:
        for result in report["results"]:
            total = result["phases"] and result["phases"]["total"]
            if total and 2 * result["disturbed_samples"] < len(total["samples_ns"]):
                samples = sorted(total["samples_ns"])
                within = (samples[len(samples) * 3 // 4] - samples[len(samples) // 4]) / 1.349 / total["median_ns"]
                label = f"{result['device']['id']}:{result['variant']}"
                logs.setdefault(label, []).append((math.log(total["median_ns"]), within))
    return logs


def index_of(path):
    return int(path.stem.rsplit("-", 1)[1])


def check_runs(settings, name):
    paths = sorted(settings.runs.glob(f"{name}-*.json"), key=index_of)
    pairs = list(itertools.combinations(paths, 2))
    if not pairs:
        fail(f"{settings.runs} has no two reports of {name}")
    answers = in_parallel(settings, lambda a, b: diff(settings.program, [a], [b]), pairs)
    neighbours = [changes for pair, changes in zip(pairs, answers)
                  if paths.index(pair[1]) == paths.index(pair[0]) + 1 and paths.index(pair[0]) % 2 == 0]
    totals = {label: {"runs": len(values), "scatter of runs": round(scatter([value for value, _ in values]), 4),
                      "scatter in a run": round(sorted(within for _, within in values)[len(values) // 2], 4)}
              for label, values in logs_of_totals([json.loads(path.read_text()) for path in paths]).items()}
    return {"runs": name, "reports": len(paths), "diffs": len(pairs), "called": sum(bool(called(c)) for c in answers),
            "with figures": sum(any(change["ratio"] for change in changes) for changes in answers),
            "neighbours": len(neighbours), "neighbours called": sum(bool(called(c)) for c in neighbours), "totals": totals,
            "calls": sorted(set(itertools.chain.from_iterable(called(c) for c in answers)))}


def check_groups(settings, name, size):
    """Several runs on each side, without a run on both: drawn at random."""
    paths = sorted(settings.runs.glob(f"{name}-*.json"), key=index_of)
    rng = random.Random(f"{settings.seed} {name} {size}")
    if len(paths) < 2 * size:
        return None
    drawn = [rng.sample(paths, 2 * size) for _ in range(settings.count)]
    answers = in_parallel(settings, lambda *each: diff(settings.program, each[:size], each[size:]), drawn)
    return {"runs": name, "reports on each side": size, "diffs": len(answers), "called": sum(bool(called(c)) for c in answers)}


# ---- The whole check ----


def allowed(count):
    """The most of a small number of diffs that may call a change, if one of twenty does in the long run."""
    if count >= 1000:
        return MOST_FALSE * count
    return MOST_FALSE * count + 3 * math.sqrt(MOST_FALSE * (1 - MOST_FALSE) * count)


def wanted(count):
    """The fewest of a small number of slow-downs that must be found, if 95 of 100 are in the long run."""
    if count >= 1000:
        return LEAST_FOUND * count
    return LEAST_FOUND * count - 3 * math.sqrt(LEAST_FOUND * (1 - LEAST_FOUND) * count)


def judge(found):
    faults = [f"{row['scenario']}: {row['called']} of {row['diffs']} diffs call a change where there is none"
              for row in found["made up"] if row["called"] > allowed(row["diffs"])]
    for row in found["power"]:
        if row["found"] < wanted(row["diffs"]):
            faults.append(f"{row['scenario']}: only {row['found']} of {row['diffs']} slow-downs by 10 % are found")
    for row in found["real"] + found["groups"]:
        if row["called"] > allowed(row["diffs"]):
            faults.append(f"{row['runs']}: {row['called']} of {row['diffs']} pairs of real runs are called different")
    return faults


def parse():
    parser = argparse.ArgumentParser(prog="check_diff", description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="folder of the build")
    parser.add_argument("--count", type=int, default=1000, help="diffs of each scenario; default 1000")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="diffs at a time")
    parser.add_argument("--seed", default="1", help="of the made-up samples")
    parser.add_argument("--scenario", action="append", help="part of a name; only these scenarios")
    parser.add_argument("--runs", type=pathlib.Path, help="folder of reports of real runs, to be paired")
    parser.add_argument("--measure", type=int, default=0, metavar="N", help="make N real runs of each problem there first")
    parser.add_argument("--no-made-up", action="store_true", help="only real runs")
    parser.add_argument("--note", default="", help="what else is known of the real runs, for the file")
    parser.add_argument("--save", action="store_true", help="write docs/measurements/DATE-diff.json")
    parser.add_argument("--judge", action="store_true",
                        help="exit with 1 when more than 5 %% of diffs find a change where there is none, or less than 95 %% "
                        "find a slow-down by 10 %%")
    settings = parser.parse_args()
    settings.program = str(settings.build.resolve() / "bin" / "gpufare")
    if not pathlib.Path(settings.program).exists():
        fail(f"{settings.program} is missing; build it, or give --build")
    if settings.measure and settings.runs is None:
        fail("--measure needs a folder: add --runs")
    return settings


def main():
    settings = parse()
    found = {"made up": [], "power": [], "real": [], "groups": []}
    names = [name for name in SCENARIOS if not settings.scenario or any(part in name for part in settings.scenario)]
    for name in [] if settings.no_made_up else names:
        found["made up"].append(check_made_up(settings, name))
        print(json.dumps(found["made up"][-1]), flush=True)
    if not settings.no_made_up and "log-normal, 2 %" in names:
        found["power"].append(check_power(settings, "log-normal, 2 %"))
        print(json.dumps(found["power"][-1]), flush=True)
    if settings.runs:
        measure(settings)
        for name in RUNS:
            found["real"].append(check_runs(settings, name))
            print(json.dumps(found["real"][-1]), flush=True)
            for size in (3, 5):
                row = check_groups(settings, name, size)
                found["groups"] += [row] if row else []
                print(json.dumps(row), flush=True)
    if settings.save:
        save(settings, found)
    faults = judge(found)
    if settings.judge and faults:
        fail("; ".join(faults))


def save(settings, found):
    version = subprocess.run([settings.program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    document = {"date": datetime.date.today().isoformat(), "program": version, "seed": settings.seed, "note": settings.note,
                "allowed": MOST_FALSE, "wanted": LEAST_FOUND, **found}
    path = MEASUREMENTS / f"{document['date']}-diff.json"
    files.write_whole(path, json.dumps(document, indent=1) + "\n")
    print(path)


if __name__ == "__main__":
    main()
