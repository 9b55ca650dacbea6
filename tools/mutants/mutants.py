"""Command line of tools/mutants/run."""
import argparse
import collections
import datetime
import itertools
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import known
import mutate
import native
import targets
import trial


def settings_of(arguments):
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(prog="tools/mutants/run", description="Runs mutants of the kernels: each one that changes "
                                     "a result must be refused. docs/how-we-time.md says what comes out.")
    parser.add_argument("--gpufare", default=str(root / "build" / "bin" / "gpufare"),
                        help="the program; default build/bin/gpufare")
    parser.add_argument("--device", default="0:0", help="the OpenCL device, the first CPU; default 0:0")
    parser.add_argument("--seed", type=int, default=20261129)
    parser.add_argument("--runs", type=int, default=1000, metavar="N", help="mutants; default 1000")
    parser.add_argument("--seconds", type=float, default=0, metavar="S", help="ends after this time, even if fewer have run")
    parser.add_argument("--only", default="", metavar="WORDS",
                        help="only targets whose name has these words, such as sum:group")
    parser.add_argument("--kernels", choices=["opencl", "native"], default="opencl",
                        help="of kernels_cl/ or of cpu/; default opencl")
    parser.add_argument("--build", default=str(root / "build"), metavar="DIR",
                        help="a Ninja build of gpufare, for --kernels native; default build")
    parser.add_argument("--json", metavar="FILE", help="the results; default docs/measurements/DATE-mutants.json. "
                        "A run with the same seed goes on from what is there")
    parser.add_argument("--folder", metavar="DIR",
                        help="for what is needed while it runs; default a new one, removed at the end")
    parser.add_argument("--known", action="store_true", help="only mutants whose outcome is known, to test this tool")
    parser.add_argument("--compiler", default="cc")
    settings = parser.parse_args(arguments)
    settings.root = root
    suffix = "" if settings.kernels == "opencl" else "-native"
    settings.json = settings.json or str(root / "docs" / "measurements" / f"{datetime.date.today()}-mutants{suffix}.json")
    return settings


# ---- The file


def counts_of(rows):
    counts = collections.Counter(row["class"] for row in rows)
    return {name: counts[name] for name in trial.CLASSES}


def save(path, head, rows):
    """One line for each mutant. The file is replaced as a whole."""
    verified = {how: counts_of([row for row in rows if row["verified"] == how]) for how in ("whole", "sampled")}
    head = {**head, "mutants": len(rows), "counts": counts_of(rows), "counts_by_verification": verified}
    text = json.dumps(head, indent=1)[:-2] + ',\n "rows": [\n' + ",\n".join("  " + json.dumps(row) for row in rows) + "\n ]\n}\n"
    beside = f"{path}.{os.getpid()}"
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def load(path, seed):
    try:
        known = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return known["rows"] if known.get("seed") == seed else []


# ---- The kernels


class OpenCL:
    """Mutants of kernels_cl/, on one device."""

    def __init__(self, settings, folder):
        self.bench = trial.Bench(settings.root, settings.gpufare, settings.device, folder, settings.compiler)
        self.targets = targets.all_targets()
        self.seed = settings.seed

    def prepare(self, target, number):
        trial.prepare(self.bench, target, number)

    def choose(self, target, index):
        mutant = trial.choose(self.bench, target, self.seed, index)
        return mutant, mutate.describe(mutant.text, mutant.site)

    def attempt(self, target, mutant):
        return trial.try_mutant(self.bench, target, mutant)

    def about(self, target):
        return {name: target.device[name] for name in ("name", "platform", "driver", "compute_units")}


class Native:
    """Mutants of cpu/, compiled and linked one by one."""

    def __init__(self, settings, folder):
        self.builder = native.Builder(settings.root, settings.build, Path(folder) / "native")
        self.targets = native.all_targets(self.builder.isas())
        self.seed = settings.seed
        self.environment = trial.environment_of(folder)

    def prepare(self, target, number):
        self.builder.prepare(target, number)

    def choose(self, target, index):
        site = native.choose(target, self.seed, index)
        return site, mutate.describe(target.source, site)

    def attempt(self, target, mutant):
        return native.try_mutant(self.builder, target, mutant, self.environment)

    def about(self, target):
        return {"name": "native", "threads": native.THREADS}


def is_asked_for(target, words):
    return all(word in target.name() for word in words.split())


# ---- Known mutants


def site_in(source, old, new):
    begin = source.index(old)
    return mutate.Site("known", begin, begin + len(old), new)


def known_mutants(settings, kernels):
    """Yields the targets, the mutants and the classes that they must have."""
    if settings.kernels == "opencl":
        cases = [(target, old, new, wanted) for target, old, new, wanted in known.OPENCL]
    else:
        target = known.native_target(kernels.builder.isas()[0])
        cases = [(target, old, new, wanted) for _, old, new, wanted in known.NATIVE]
    ready = []
    for target, old, new, wanted in cases:
        if not is_asked_for(target, settings.only):
            continue
        if target not in ready:
            kernels.prepare(target, 1000 + len(ready))
            ready.append(target)
        site = site_in(target.source, old, new)
        yield target, trial.Mutant(kernels.bench, target, site) if settings.kernels == "opencl" else site, wanted


def run_known(settings, kernels):
    wrong = 0
    for target, mutant, wanted in known_mutants(settings, kernels):
        row = kernels.attempt(target, mutant)
        wrong += row["class"] != wanted
        print(f"{'as it must be' if row['class'] == wanted else 'WRONG, not ' + wanted}: {row['class']}: {row['target']}: "
              f"{row['was']} -> {row['is']}; {row.get('reason', row['status'])}", flush=True)
    return wrong


# ---- The run


def run(settings, kernels):
    started = time.monotonic()
    rows = load(settings.json, settings.seed)
    head = {"tool": "tools/mutants/run", "kernels": settings.kernels, "seed": settings.seed, "asked": settings.runs,
            "complete": False}
    done = {row["index"] for row in rows}
    known = {(row["target"], row["line"], row["is"]) for row in rows}
    chosen = [target for target in kernels.targets if is_asked_for(target, settings.only)]
    ready = set()
    for index, target in enumerate(itertools.cycle(chosen), 1):
        if len(rows) >= settings.runs or 0 < settings.seconds < time.monotonic() - started:
            break
        if index in done:
            continue
        if target not in ready:
            kernels.prepare(target, len(ready))
            ready.add(target)
        mutant, told = kernels.choose(target, index)
        key = (target.name(), told["line"], told["is"])
        if key in known:
            continue
        known.add(key)
        try:
            row = {"index": index, **kernels.attempt(target, mutant)}
        except trial.Starved as starved:  # the next run has it again
            print(f"mutant {index} is left out: {starved}", file=sys.stderr)
            continue
        rows.append(row)
        if row["class"] in trial.BAD + [trial.UNSTABLE]:
            print(json.dumps(row), flush=True)
        head.update(complete=len(rows) >= settings.runs, device=kernels.about(target))
        save(settings.json, head, rows)
    return rows


def main():
    settings = settings_of(sys.argv[1:])
    with tempfile.TemporaryDirectory() as temporary:
        kernels = {"opencl": OpenCL, "native": Native}[settings.kernels](settings, settings.folder or temporary)
        if settings.known:
            if settings.kernels == "opencl":  # none of them hangs, and the machine may be busy
                kernels.bench.deadline = trial.BUILD_SECONDS
            sys.exit(1 if run_known(settings, kernels) else 0)
        rows = run(settings, kernels)
    print(f"{len(rows)} mutants: " + ", ".join(f"{count} {name}" for name, count in counts_of(rows).items() if count > 0))
    sys.exit(1 if any(row["class"] in trial.BAD for row in rows) else 0)


if __name__ == "__main__":
    main()
