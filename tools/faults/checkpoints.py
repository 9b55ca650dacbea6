#!/usr/bin/env python3
"""Kills runs that save checkpoints, and their workers, at random moments, and goes on from what they saved: each result must
have the bits of a run that was left alone. See docs/checkpoints.md."""
import os
import random
import shutil
import signal
import sys
from pathlib import Path

from kill import Killer, VICTIMS
from observed import run_once
from trials import MOMENTS, MOST_KILLS, begin_trial, find_step, judge_epochs, judge_result, make_trials, parse

SCHEMA = "gpufare.checkpoint-kills/1"
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
DEVICES = ["native", "native:scalar", "0:0:naive", "native+0:0:naive"]
# What a trial counts.
NOTHING = {"kills": dict.fromkeys(VICTIMS, 0), "moments": dict.fromkeys(MOMENTS, 0), "too_late": 0, "went_on": 0, "began_anew": 0,
           "devices": []}


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


class Place:
    """The programs, the environment, and the results of runs that were left alone."""

    def __init__(self, options):
        build = Path(options.build).resolve()
        self.gpufare = str(build / "bin/gpufare")
        self.work = options.work / str(os.getpid())
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


def judge_killed(ended, killer, findings):
    """The command was killed, or lost its worker, which is a failure with a hint."""
    if killer.victim == "tool" and ended.status not in (0, -signal.SIGKILL):
        findings.append(f"exit status {ended.status} after a kill")
    # Killed while the driver listed its devices: there is none of that name.
    lost_devices = ended.status == 3 and "SIGKILL" in ended.stderr
    if killer.victim == "worker" and killer.killed and ended.status not in (0, 1) and not lost_devices:
        findings.append(f"exit status {ended.status} after its worker was killed: {ended.stderr[-200:]}")
    judge_epochs(ended, findings)


def try_once(place, task):
    """One result, over as many kills as the task has."""
    chance = random.Random(task)
    problem, every = chance.choice(PROBLEMS), chance.choice(EVERY)
    usual = place.find_usual(problem)
    found = begin_trial(NOTHING, problem, every, task)
    folder = place.make_folder()
    seconds = usual["seconds"]
    for left in range(chance.randint(1, MOST_KILLS), -1, -1):
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
    judge_result(ended, folder, usual, found["findings"])
    return found


def main():
    options = parse(__doc__, "checkpoints", "checkpoint-kills", "of the native device; several that wait for each other in each "
                    "step are slow on a busy machine")
    return make_trials(options, SCHEMA, NOTHING, Place, try_once, "runs")


if __name__ == "__main__":
    sys.exit(main())
