#!/usr/bin/env python3
"""Runs commands in a clean Debian and records what they showed. See docs/chroots.md."""
import argparse
import datetime
import os
import subprocess
import sys
import time
from pathlib import Path

import record
import system

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/bench"))
import files  # noqa: E402  pylint: disable=wrong-import-position

DEFAULT_COMMANDS = ("tools/quickstart", "tools/test")


def parse():
    parser = argparse.ArgumentParser(prog="tools/chroots/run", description=__doc__)
    parser.add_argument("suite", help="bookworm, trixie, sid or another suite of Debian")
    parser.add_argument("command", nargs=argparse.REMAINDER,
                        help="a shell command, run in the clone; default: tools/quickstart, then tools/test")
    parser.add_argument("--folder", type=Path, default=ROOT / "build-chroots", help="where chroots are kept")
    parser.add_argument("--fresh", action="store_true", help="make the system anew, and so the clone")
    parser.add_argument("--fresh-clone", action="store_true", help="clone anew")
    parser.add_argument("--mirror", help="where Debian comes from; default: as on this machine")
    parser.add_argument("--record", type=Path, metavar="FOLDER",
                        help="keep what the commands showed as DATE-chroot-SUITE.json in FOLDER; default for the "
                             "default commands: docs/measurements")
    return parser.parse_args()


def prepare(options):
    """The system with the clone of what is committed, and the commit."""
    source = system.System(options.folder, options.suite)
    if options.fresh:
        source.remove()
    source.make(options.mirror or system.mirror())
    commit = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(ROOT), "rev-parse", "HEAD"],
                            capture_output=True, text=True, check=True).stdout.strip()
    fresh = options.fresh_clone or not source.clone.exists()
    if options.fresh_clone:
        source.remove_clone()
    source.take_clone(ROOT, commit)
    return source, commit, fresh


def run_step(place, command, number):
    """One command, its log kept; what it showed."""
    path = place.folder / f"log-{number}.txt"
    print(f"== {place.suite}: {command}", flush=True)
    begin = time.monotonic()
    ending = None
    try:
        with open(path, "wb") as log:
            status = place.run(command, log, {"CHROOT_SUITE": place.suite})
    except SystemExit as signal:  # what was reached until then is kept
        status, ending = signal.code, signal
    seconds = time.monotonic() - begin
    print(f"== {place.suite}: {command}: status {status}, {seconds:.0f} s, log {path}", flush=True)
    return {"command": command, "status": status, "seconds": round(seconds, 1), "cut_short": ending is not None,
            **record.read_log(path.read_text(encoding="utf-8", errors="replace"))}, ending


def keep(folder, place, commit, fresh, step):
    today = datetime.date.today().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{today}-chroot-{place.suite}.json"
    head = {"date": today, "suite": place.suite,
            "debian": (place.root / "etc/debian_version").read_text(encoding="utf-8").strip(),
            "cores": len(os.sched_getaffinity(0)), "packages": record.packages(place)}
    files.write_whole(path, record.add_step(path, head, {**step, "commit": commit, "new_system": place.new,
                                                         "new_clone": fresh}))


def main():
    options = parse()
    system.end_on_signals()
    commands = [" ".join(options.command)] if options.command else DEFAULT_COMMANDS
    folder = options.record or (None if options.command else ROOT / "docs/measurements")
    status = 0
    try:
        place, commit, fresh = prepare(options)
        for number, command in enumerate(commands):
            step, ending = run_step(place, command, number)
            status = status or step["status"]
            if folder:
                keep(folder, place, commit, fresh, step)
            if ending:
                raise ending
    except (system.ChrootError, subprocess.CalledProcessError, OSError) as error:
        print(f"tools/chroots/run: {error}", file=sys.stderr)
        return 1
    return 1 if status < 0 else status


if __name__ == "__main__":
    sys.exit(main())
