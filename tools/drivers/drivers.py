#!/usr/bin/env python3
"""Runs plain_driver and the command-line tests on OpenCL drivers that packages bring. See docs/drivers.md."""
import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import catalogue
import clitests
import judge
import record
import roster  # of tools/bench, whose folder `record` adds

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77
CLOCK_TESTS = 6
FAR_OFF = 100000  # waiting for a core makes milliseconds of microseconds
LAST_LINE = re.compile(r"^(\d+) ok, (\d+) unsupported, (\d+) failed, (\d+) left out$", re.MULTILINE)
# Of a user's shell, which must not change what is tested. The drivers' own variables come from `fetch`.
FOREIGN = ("GPUFARE", "GPUFARE_DEVICE", "GPUFARE_ISA", "OCL_ICD_FILENAMES", "OPENCL_LAYERS", "RUSTICL_ENABLE",
           "RUSTICL_DEVICE_TYPE", "POCL_DEVICES")


def parse():
    parser = argparse.ArgumentParser(prog="tools/drivers/run", description=__doc__)
    parser.add_argument("drivers", nargs="*", metavar="DRIVER",
                        help=f"some of {', '.join(catalogue.DRIVERS)}; default: all, with --short "
                             f"{' and '.join(catalogue.SHORT)}")
    parser.add_argument("--build", type=Path, default=ROOT / "build-release", help="the build folder")
    parser.add_argument("--short", action="store_true", help="a small part of plain_driver and no tests")
    parser.add_argument("--every", type=int, metavar="N", help="plain_driver: each combination at every Nth size only")
    parser.add_argument("--tests", metavar="REGEX", help="only command-line tests whose name matches")
    parser.add_argument("--no-fetch", action="store_true", help="only drivers that were fetched before")
    parser.add_argument("--record", type=Path, metavar="FILE",
                        help="add what was shown to this JSON; a run of the same driver on the same system is replaced")
    options = parser.parse_args()
    options.drivers = options.drivers or list(catalogue.SHORT if options.short else catalogue.DRIVERS)
    for name in options.drivers:
        if name not in catalogue.DRIVERS:
            parser.error(f"{name}: no such driver")
    if options.short and options.record:
        parser.error("--record keeps what a whole run showed, not --short")
    options.build = options.build.resolve()
    return options


def system_name():
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return "unknown"


def read_lines(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


class Place:
    """A fetched driver and the folder of its runs."""

    def __init__(self, build, name):
        self.name = name
        self.driver = catalogue.DRIVERS[name]
        self.build = build
        self.folder = build / "drivers" / name
        self.packages = read_lines(self.folder / "packages")

    def environment(self, caches, more=None):
        """That of a process which sees this driver only, with caches of its own."""
        environment = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        environment.update(more or {})
        environment["OCL_ICD_VENDORS"] = str(self.folder / "vendors")
        environment.update(line.split("=", 1) for line in read_lines(self.folder / "environment"))
        for variable, folder in (("POCL_CACHE_DIR", "pocl"), ("XDG_CACHE_HOME", "cache")):
            (caches / folder).mkdir(parents=True, exist_ok=True)
            environment[variable] = str(caches / folder)
        environment["GPUFARE_WORKER"] = str(self.build / "bin/gpufare-worker")
        environment["OMP_WAIT_POLICY"] = "passive"
        return environment


def fetch(options, name):
    """Why the driver can't be had; None if it is there."""
    place = options.build / "drivers" / name
    if not options.no_fetch:
        done = subprocess.run([ROOT / "tools/drivers/fetch", options.build / "drivers", name], check=False,
                              stderr=subprocess.PIPE, text=True)
        lines = done.stderr.strip().splitlines()
        if done.returncode != 0:
            return lines[-2] if len(lines) > 1 else "its packages can't be had here"
    return None if (place / "complete").exists() else "it was not fetched"


def clock_of(tool, environment, device):
    """Whether the device's clock is believed. A busy machine disturbs the test: the best of several counts, and a clock
    is called wrong only if it was far off in all."""
    off = []
    for _ in range(CLOCK_TESTS):
        ran = subprocess.run([tool, "run", "sum", "--count", "100000", "--precision", "f32", "--math", "relaxed",
                              "--device", device, "--repeat", "2", "--no-tune", "--no-watch", "--quiet", "--json", "-"],
                             env=environment, check=False, capture_output=True, text=True)
        result = json.loads(ran.stdout)["results"][0] if ran.stdout else {"status": "failed"}
        if result["status"] != "ok":
            return {"verdict": "unknown", "why": result.get("reason")}
        if result["clock_trouble"] is None:
            return {"verdict": "believed", "why": None}
        times = re.search(r"took (\S+) ms by the host's clock took (\S+) ms by its own", result["clock_trouble"])
        off.append(times is not None and float(times[1]) > FAR_OFF * float(times[2]))
    if all(off):
        return {"verdict": "refused", "why": result["clock_trouble"]}
    return {"verdict": "unknown", "why": "its tests were disturbed"}


def device_facts(place, environment):
    """How the driver calls its device, and what is known of its clock."""
    tool = place.build / "bin/gpufare"
    listed = subprocess.run([tool, "devices", "--json", "-", "--quiet"], env=environment, check=False,
                            capture_output=True, text=True)
    found = json.loads(listed.stdout) if listed.returncode == 0 else {}
    devices = [device for device in found.get("devices", []) if device["kind"].startswith("opencl")]
    facts = {"machine": found.get("machine", {}).get("cpu"), "not_used": found.get("not_used", [])}
    if devices:
        facts["device"] = devices[0]
        facts["clock"] = clock_of(tool, environment, devices[0]["id"])
    return facts


def plain_driver_options(options, driver):
    more = [f"--every={options.every}"] if options.every else driver.short if options.short else ()
    return [*driver.options, *more]


def run_plain_driver(place, environment, options):
    """The record of plain_driver, and what is wrong."""
    rows_file = place.folder / "rows.tsv"
    rows_file.unlink(missing_ok=True)
    command = [place.build / "bin/plain_driver", f"--rows={rows_file}",
               *plain_driver_options(options, place.driver)]
    begin = time.monotonic()
    with open(place.folder / "plain_driver.log", "wb") as log:
        done = subprocess.run([*command, "all"], env=environment, stdout=log, stderr=subprocess.STDOUT,
                              check=False)
    seconds = round(time.monotonic() - begin, 1)
    text = (place.folder / "plain_driver.log").read_text(encoding="utf-8", errors="replace")
    last = LAST_LINE.search(text)
    if last is None or done.returncode not in (0, 1):
        return {"seconds": seconds}, [f"plain_driver ended with status {done.returncode}: {text[-500:]}"]
    try:
        rows = judge.read_rows(rows_file)
    except (OSError, judge.Unreadable) as error:
        return {"seconds": seconds}, [f"rows of plain_driver: {error}"]
    shown = {"seconds": seconds, **judge.counts(rows), "left_out": int(last[4]), "kernels": judge.kernels(rows),
             "reasons": judge.reasons(rows)}
    return shown, judge.judge(place.driver, rows, int(last[4]), not options.short)


def run_driver(options, name):
    """What a driver showed, with what is wrong; recorded as it goes."""
    place = Place(options.build, name)
    caches = place.folder / "caches"
    # A crash of an earlier run may have left half of a kernel there.
    shutil.rmtree(caches, ignore_errors=True)
    environment = place.environment(caches)
    print(f"== {name}: {', '.join(place.packages)}", flush=True)
    run = {"driver": name, "system": system_name(), "packages": place.packages,
           "date": datetime.date.today().isoformat(), "commit": roster.commit(ROOT), "plain_driver_options": plain_driver_options(options, place.driver),
           "short": options.short, "finished": False,
           **({} if options.short else device_facts(place, environment))}
    run["plain_driver"], run["wrong"] = run_plain_driver(place, environment, options)
    print(f"   plain_driver: {summary(run['plain_driver'])}", flush=True)
    for line in run["wrong"]:
        print(f"   FAILED: {line}", flush=True)
    run["tests"], run["all_tests"] = [], sorted(clitests.listed(options.build))
    keep(options, run)
    for test in clitests.run(place, caches, options.tests or (None if options.short else ".")):
        run["tests"].append(test)
        if test["outcome"] in ("failed", "not finished"):
            run["wrong"].append(f"{test['name']}: {test['why']}")
        keep(options, run)
    run["finished"] = True
    keep(options, run)
    return run


def keep(options, run):
    if options.record:
        record.add(options.record, run)


def summary(counts):
    words = [f"{counts[key]} {key.replace('_', ' ')}" for key in (*judge.OUTCOMES, "left_out") if counts.get(key)]
    return f"{', '.join(words) or 'nothing ran'} in {counts['seconds']:.0f} s"


def main():
    options = parse()
    failed, skipped = [], []
    for name in options.drivers:
        why = fetch(options, name)
        if why:
            print(f"== {name}: SKIPPED: {why}", flush=True)
            skipped.append(name)
            continue
        run = run_driver(options, name)
        if run["wrong"]:
            failed.append(name)
    print(f"Drivers: {len(options.drivers) - len(failed) - len(skipped)} as expected, {len(failed)} failed"
          f"{' (' + ', '.join(failed) + ')' if failed else ''}, {len(skipped)} skipped"
          f"{' (' + ', '.join(skipped) + ')' if skipped else ''}")
    if failed:
        return 1
    return SKIPPED if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
