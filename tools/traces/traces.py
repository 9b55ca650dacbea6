#!/usr/bin/env python3
"""Runs programs that Debian packages, each without and with `gpufare trace`, on several OpenCL drivers, and compares what
they print, the files that they write and their exit status. See docs/traces/README.md."""
import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/drivers"))
import drivers  # noqa: E402  pylint: disable=wrong-import-position
import programs  # noqa: E402  pylint: disable=wrong-import-position
import records  # noqa: E402  pylint: disable=wrong-import-position
import trial  # noqa: E402  pylint: disable=wrong-import-position

DRIVERS = ("pocl", "intel", "rusticl")


def parse():
    names = [program.name for program in programs.PROGRAMS]
    parser = argparse.ArgumentParser(prog="tools/traces/run", description=__doc__)
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=f"some of {', '.join(names)}; default: all")
    parser.add_argument("--drivers", default=",".join(DRIVERS), metavar="LIST", help="of tools/drivers/fetch; default: %(default)s")
    parser.add_argument("--build", type=Path, default=ROOT / "build-release", help="the build folder")
    parser.add_argument("--no-fetch", action="store_true", help="only drivers that were fetched before")
    parser.add_argument("--record", type=Path, metavar="FILE",
                        help="add what was shown to this JSON; what an earlier run showed of the same program on the same driver "
                             "is replaced")
    parser.add_argument("--packages", action="store_true", help="print the Debian packages that the programs need, and end")
    options = parser.parse_args()
    for name in options.programs:
        if name not in names:
            parser.error(f"{name}: no such program")
    options.programs = [program for program in programs.PROGRAMS if program.name in (options.programs or names)]
    options.drivers = options.drivers.split(",")
    for name in options.drivers:
        if name not in drivers.catalogue.DRIVERS:
            parser.error(f"{name}: no such driver")
    options.build = options.build.resolve()
    return options


def versions(packages):
    """Of Debian's packages; one that is not installed is missing."""
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n", *packages], check=False,
                            capture_output=True, text=True).stdout
    found = [line.split() for line in listed.splitlines()]
    return {words[1]: words[2] for words in found if len(words) == 3 and words[0] == "installed"}


def one(options, program, place):
    """Of one program on one driver; recorded."""
    installed = versions(program.packages)
    missing = [package for package in program.packages if package not in installed]
    shown = {"outcome": "does not run", "why": f"not installed: {', '.join(missing)}"} if missing else trial.run(program, place)
    line = f"   {program.name}: {shown['outcome']}{': ' + shown['why'] if shown['why'] else ''}"
    print(line + (f" ({shown['seconds'][0]} s, {shown['seconds'][1]} s)" if "seconds" in shown else ""), flush=True)
    if options.record:
        records.add(options.record, {
            "program": program.name, "driver": place.name, "date": datetime.date.today().isoformat(),
            "system": drivers.system_name(), "machine": platform.machine(), "cores": len(os.sched_getaffinity(0)),
            "driver_packages": place.packages, "packages": installed, **shown})
    return shown


def main():
    options = parse()
    if options.packages:
        print("\n".join(sorted({package for program in options.programs for package in program.packages})))
        return 0
    counts = {}
    for name in options.drivers:
        why = drivers.fetch(options, name)
        place = drivers.Place(options.build, name)
        print(f"== {name}: {'SKIPPED: ' + why if why else ', '.join(place.packages)}", flush=True)
        for program in [] if why else options.programs:
            outcome = one(options, program, place)["outcome"]
            counts[outcome] = counts.get(outcome, 0) + 1
    print("Traces: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    if counts.get("differs"):
        return 1
    return 0 if counts.get("same") else drivers.SKIPPED


if __name__ == "__main__":
    sys.exit(main())
