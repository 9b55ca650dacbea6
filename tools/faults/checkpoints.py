#!/usr/bin/env python3
"""Kills runs that save checkpoints, and their workers, at random moments, and goes on from what they saved: each result must
have the bits of a run that was left alone. See docs/checkpoints.md."""
import argparse
import datetime
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from files import write_whole  # noqa: E402
from kill import Killer, VICTIMS  # noqa: E402
from observed import adopt_orphans, run_once  # noqa: E402
from place import ROOT  # noqa: E402

SCHEMA = "gpufare.checkpoint-kills/1"
MOST_FINDINGS = 200
MOST_KILLS = 4  # of one result, which is then left alone
LIMIT_S = 100
# Long enough to be killed in, short enough for hundreds. Odd shapes, both precisions, all boundaries, stops between.
PROBLEMS = [
    ["diffusion", "--size", "131x77", "--steps", "4000", "--init", "gaussian"],
    ["diffusion", "--size", "90x61", "--steps", "8001", "--precision", "f32", "--boundary", "periodic", "--init", "gaussian"],
    ["diffusion", "--size", "64x64", "--steps", "9000", "--boundary", "insulated", "--steps-per-transfer", "700"],
    ["diffusion", "--size", "200x33", "--steps", "6000", "--init", "gaussian", "--steps-per-transfer", "1500", "--host-use",
     "write"],
]
EVERY = ["50", "333", "1000", "0.005s", "0.02s"]
MOMENTS = ("any", "saved", "writing")  # after the start, after this run has saved its first state, while it writes one
DEVICES = ["native", "native:scalar", "0:0:naive", "native+0:0:naive"]


class MomentKiller(Killer):
    """Kills at a moment of that kind; if there is none, the run ends by itself."""

    def __init__(self, victim, kind, delay_s, checkpoint):
        super().__init__(victim, delay_s)
        self.kind, self.checkpoint = kind, checkpoint
        self.before = self.entries("epoch-")

    def entries(self, prefix):
        try:
            return {name for name in os.listdir(self.checkpoint) if name.startswith(prefix)}
        except OSError:
            return set()

    def is_there(self):
        return bool(self.entries("writing-") if self.kind == "writing" else self.entries("epoch-") - self.before)

    def __call__(self, pid):
        if self.kind != "any" and not self.waited and not self.is_there():
            return 0.0005
        return super().__call__(pid)


def work_of(options):
    return Path(options.work or Path(options.build) / "checkpoints").resolve()


class Place:
    """The programs, the environment, and the results of runs that were left alone."""

    def __init__(self, options):
        build = Path(options.build).resolve()
        self.gpufare = str(build / "bin/gpufare")
        self.work = work_of(options) / str(os.getpid())
        self.work.mkdir(parents=True)
        self.has_f32 = options.driver != "tiny"
        self.environment = {name: os.environ[name] for name in ("PATH", "LANG", "OCL_ICD_VENDORS") if name in os.environ}
        self.environment.update(HOME=str(self.work), TMPDIR=str(self.work), XDG_CACHE_HOME=str(self.work / "cache"),
                                POCL_CACHE_DIR=str(self.work / "pocl"), GPUFARE_CLOCK_TEST="0", GPUFARE_FACTS="0",
                                OMP_WAIT_POLICY="passive", OMP_NUM_THREADS=str(options.threads))
        if options.driver == "tiny":
            vendors = self.work / "vendors"
            vendors.mkdir()
            (vendors / "tiny.icd").write_text(str(build / "tests/libtiny_driver.so") + "\n")
            self.environment["OCL_ICD_VENDORS"] = str(vendors)
        self.usual = {}

    def command(self, problem, device, checkpoint=()):
        return [self.gpufare, "run", *problem, "-d", device, "--no-tune", "-q", "--npy", "out.npy", *checkpoint]

    def make_folder(self):
        folder = self.work / "run"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "work").mkdir(parents=True)
        return folder

    def run(self, folder, command, meddle=None):
        return run_once(command, self.environment, folder, LIMIT_S, meddle)

    def find_usual(self, problem):
        """The bytes and the seconds of a run that is left alone."""
        key = " ".join(problem)
        if key not in self.usual:
            folder = self.make_folder()
            ended = self.run(folder, self.command(problem, "native:scalar", ["--checkpoint", "c"]))
            if ended.status != 0:
                raise SystemExit(f"{key}: fails without a kill: {ended.stderr}")
            self.usual[key] = {"bytes": (folder / "work/out.npy").read_bytes(), "seconds": ended.seconds}
        return self.usual[key]


def find_step(text):
    """The step that a run said it goes on from; 0: from the beginning."""
    found = re.search(r"going on from step (\d+) of", text)
    return int(found.group(1)) if found else 0


def judge_files(folder, findings):
    checkpoint = folder / "work/c"
    names = sorted(os.listdir(checkpoint)) if checkpoint.is_dir() else []
    if any(name.startswith("writing-") for name in names):
        findings.append(f"half an epoch is left: {names}")
    if sum(name.startswith("epoch-") for name in names) > 2:
        findings.append(f"more than two epochs are left: {names}")


def judge_killed(ended, killer, findings):
    """The command was killed, or lost its worker, which is a failure with a hint."""
    if killer.victim == "tool" and ended.status not in (0, -signal.SIGKILL):
        findings.append(f"exit status {ended.status} after a kill")
    # Killed while the driver listed its devices: there is none of that name.
    lost_devices = ended.status == 3 and "SIGKILL" in ended.stderr
    if killer.victim == "worker" and killer.killed and ended.status not in (0, 1) and not lost_devices:
        findings.append(f"exit status {ended.status} after its worker was killed: {ended.stderr[-200:]}")
    if "passed over" in ended.stderr:
        findings.append(f"an epoch is damaged: {ended.stderr[-200:]}")


def try_once(place, task):
    """One result, over as many kills as the task has."""
    chance = random.Random(task)
    problem, every = chance.choice(PROBLEMS), chance.choice(EVERY)
    usual = place.find_usual(problem)
    found = {"problem": " ".join(problem), "every": every, "task": task, "kills": dict.fromkeys(VICTIMS, 0), "too_late": 0,
             "moments": dict.fromkeys(MOMENTS, 0), "went_on": 0, "began_anew": 0, "devices": [], "findings": []}
    folder = place.make_folder()
    goal, seconds = chance.randint(1, MOST_KILLS), usual["seconds"]
    for left in range(goal, -1, -1):
        device = chance.choice([name for name in DEVICES if place.has_f32 or "f32" not in problem or "0:0" not in name])
        victim = chance.choice(VICTIMS) if device != "native" and not device.startswith("native:") else "tool"
        kind, share = chance.choice(MOMENTS), chance.random()
        delay_s = share * {"any": seconds, "saved": seconds / 2, "writing": 0.005}[kind]
        killer = MomentKiller(victim, kind, delay_s, folder / "work/c") if left else None
        command = place.command(problem, device, ["--checkpoint", "c", "--checkpoint-every", every, "--resume", "c"])
        command.remove("-q")
        ended = place.run(folder, command, killer)
        found["devices"].append(device)
        found["went_on" if find_step(ended.stderr) else "began_anew"] += 1
        if killer and killer.killed and ended.status != 0:
            found["kills"][victim] += 1
            found["moments"][kind] += 1
            judge_killed(ended, killer, found["findings"])
            continue
        found["too_late"] += 1 if killer else 0
        break
    if ended.status != 0:
        found["findings"].append(f"exit status {ended.status}: {ended.stderr[-300:]}")
    elif (folder / "work/out.npy").read_bytes() != usual["bytes"]:
        found["findings"].append("the result has other bits")
    if "passed over" in ended.stderr:
        found["findings"].append(f"an epoch is damaged: {ended.stderr[-200:]}")
    judge_files(folder, found["findings"])
    return found


def begin_job(options):
    adopt_orphans()
    try_next.place = Place(options)


def try_next(task):
    return try_once(try_next.place, task)


def new_document(options):
    return {"schema": SCHEMA, "date": datetime.date.today().isoformat(), "seed": options.seed, "driver": options.driver,
            "goal_kills": options.kills, "results": 0, "kills": dict.fromkeys(VICTIMS, 0), "moments": dict.fromkeys(MOMENTS, 0),
            "too_late": 0, "went_on": 0, "began_anew": 0, "devices": {}, "complete": False, "seconds": 0, "finding_count": 0, "findings": []}


def add(document, found):
    document["results"] += 1
    for victim in VICTIMS:
        document["kills"][victim] += found["kills"][victim]
    for kind in MOMENTS:
        document["moments"][kind] += found["moments"][kind]
    for key in ("too_late", "went_on", "began_anew"):
        document[key] += found[key]
    for device in found["devices"]:
        document["devices"][device] = document["devices"].get(device, 0) + 1
    if found["findings"]:
        document["finding_count"] += 1
        if len(document["findings"]) < MOST_FINDINGS:
            document["findings"].append(found)


def is_done(document, options, begin):
    return sum(document["kills"].values()) >= options.kills or time.monotonic() - begin > options.seconds


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build-release"), help="the build folder that is tried")
    parser.add_argument("--work", help="folder for runs; default: BUILD/checkpoints")
    parser.add_argument("--driver", default="tiny", choices=("tiny", "system"), help="the tests' own driver, or the first "
                        "device of those that are installed")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=3600, help="ends after this time, whatever was killed by then")
    parser.add_argument("--threads", type=int, default=1, help="of the native device; several that wait for each other in "
                        "each step are slow on a busy machine")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="default: docs/measurements/DATE-checkpoint-kills.json; - for none")
    return parser.parse_args()


def main():
    options = parse()
    document, begin = new_document(options), time.monotonic()
    shutil.rmtree(work_of(options), ignore_errors=True)
    with multiprocessing.Pool(options.jobs, begin_job, [options]) as pool:
        given, pending = 0, []
        while pending or not is_done(document, options, begin):
            while len(pending) < options.jobs and not is_done(document, options, begin):
                pending.append(pool.apply_async(try_next, [f"{options.seed}/{given}"]))
                given += 1
            found = pending.pop(0).get()
            add(document, found)
            for finding in found["findings"]:
                print(f"{found['task']}: {found['problem']}: {finding}", flush=True)
    kills = sum(document["kills"].values())
    document.update(complete=kills >= options.kills, seconds=round(time.monotonic() - begin))
    if options.json != "-":
        path = Path(options.json or ROOT / f"docs/measurements/{document['date']}-checkpoint-kills.json")
        write_whole(path, json.dumps(document, indent=1, sort_keys=True) + "\n")
    print(f"{kills} of {options.kills} kills, {document['results']} results, {document['went_on']} runs went on from a state, "
          f"{document['began_anew']} began anew; {document['finding_count']} results with findings")
    shutil.rmtree(work_of(options), ignore_errors=True)
    return 1 if document["finding_count"] or not kills else 0


if __name__ == "__main__":
    sys.exit(main())
