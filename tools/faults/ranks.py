#!/usr/bin/env python3
"""Kills ranks and launchers of jobs that save checkpoints, at random moments, and goes on from what they saved on other numbers
of ranks: each result must have the bits of a run that was left alone. See docs/checkpoints.md."""
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from checkpoints import MomentKiller, Place
from observed import run_once
from trials import MOMENTS, MOST_KILLS, begin_trial, find_step, judge_epochs, judge_result, make_trials, parse

SCHEMA = "gpufare.rank-kills/1"
LIMIT_S = 200
MOST_RANKS = 5
# Long enough to be killed in, short enough for hundreds on a busy machine, where each exchange takes milliseconds: so there are
# few, of many rows. Odd shapes, both precisions, all boundaries, stops between.
PROBLEMS = [
    ["diffusion", "--size", "31x177", "--steps", "6000", "--init", "gaussian"],
    ["diffusion", "--size", "30x161", "--steps", "6001", "--precision", "f32", "--boundary", "periodic", "--init", "gaussian"],
    ["diffusion", "--size", "64x164", "--steps", "5000", "--boundary", "insulated", "--steps-per-transfer", "400"],
    ["diffusion", "--size", "20x203", "--steps", "5000", "--init", "gaussian", "--steps-per-transfer", "250", "--host-use", "write"],
]
EVERY = ["200", "500", "1500", "0.05s", "0.2s"]
LAUNCHERS = {
    "openmpi": lambda ranks: ["mpirun.openmpi", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)],
    "mpich": lambda ranks: ["mpiexec.mpich", "-n", str(ranks)],
    "none": lambda ranks: [],
}
RANK_VARIABLES = (b"OMPI_COMM_WORLD_RANK=", b"PMI_RANK=")
VICTIMS = ("first rank", "other rank", "launcher")
DEVICES = ["native", "native:scalar", "native,0:0:naive"]
LONELY_DEVICES = ["native", "native:scalar", "0:0:naive", "native+0:0:naive"]
# What a trial counts.
NOTHING = {"kills": dict.fromkeys(VICTIMS, 0), "moments": dict.fromkeys(MOMENTS, 0), "launchers": dict.fromkeys(LAUNCHERS, 0),
           "too_late": 0, "went_on": 0, "began_anew": 0, "status_0": 0, "must_tell": 0, "jobs": []}


def rank_of(pid, program):
    """The rank that this process is; None: it is none, or is gone."""
    try:
        if os.readlink(f"/proc/{pid}/exe") != program:
            return None
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    found = [int(word[len(name):]) for word in words for name in RANK_VARIABLES if word.startswith(name)]
    return found[0] if found else None


class RankKiller(MomentKiller):
    """Kills one rank of a job, or its launcher. A rank that is not there yet, as soon as it is."""

    def __init__(self, program, rank, kind, delay_s, checkpoint):
        super().__init__("tool" if rank is None else "rank", kind, delay_s, checkpoint)
        self.program, self.rank = program, rank

    def children_of(self, pid):  # of the launcher, and theirs
        found, waiting = [], [pid]
        while waiting:
            below = super().children_of(waiting.pop())
            waiting += below
            found += [child for child in below if rank_of(child, self.program) == self.rank]
        return found


class JobPlace(Place):
    """With an environment for both MPIs, whose files go with the folder."""

    def __init__(self, options):
        super().__init__(options)
        self.program = os.path.realpath(self.gpufare)
        self.temporary = tempfile.mkdtemp(dir=options.temporary)
        self.mpis = [name for name in LAUNCHERS if name == "none" or self.has(name)]
        self.seconds = {name: 2.0 for name in LAUNCHERS}  # of a job that is left alone, as jobs take at present
        self.environment.update(TMPDIR=self.temporary, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                                OMPI_MCA_btl_vader_backing_directory=self.temporary)
        if shutil.which("ssh") is None:
            self.environment["OMPI_MCA_plm"] = "isolated"

    def has(self, name):
        plugin = Path(self.gpufare).with_name(f"gpufare-mpi-{name}.so")
        return plugin.exists() and shutil.which(LAUNCHERS[name](1)[0]) is not None

    def clear(self):
        for name in os.listdir(self.temporary):
            path = Path(self.temporary) / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def job(self, mpi, ranks, problem, device, halo_steps, checkpoint):
        command = self.command(problem, device, checkpoint)
        command.remove("-q")
        if mpi != "none":
            command.remove("--no-tune")
            command += ["--threads", "1", "--halo-steps", str(halo_steps)]
        return LAUNCHERS[mpi](ranks) + command


def choose(chance, place, problem):
    """A job, and whom to kill when."""
    mpi = chance.choice([name for name in place.mpis if name != "none"] * 3 + ["none"])
    ranks = chance.randint(1 if mpi == "none" else 2, 1 if mpi == "none" else MOST_RANKS)
    devices = [name for name in (LONELY_DEVICES if mpi == "none" else DEVICES)
               if place.has_f32 or "f32" not in problem or "0:0" not in name]
    kind, share = chance.choice(MOMENTS), chance.random()
    victim = chance.choice(VICTIMS)
    return {"mpi": mpi, "ranks": ranks, "device": chance.choice(devices), "kind": kind, "share": share,
            "halo_steps": chance.choice([8, 30, 32]), "victim": "launcher" if mpi == "none" else victim,
            "rank": None if victim == "launcher" or mpi == "none" else 0 if victim == "first rank" else chance.randrange(1, ranks)}


def judge_killed(ended, job, usual, folder, found):
    """A job that was killed has no result, or the right one, and says how to go on."""
    result = folder / "work/out.npy"
    if ended.status == 0 and "End of the job" not in ended.stdout and job["mpi"] != "none":
        found["status_0"] += 1  # which launchers can give
    if result.exists() and result.read_bytes() != usual["bytes"]:
        found["findings"].append("a killed job left a wrong result")
    judge_epochs(ended, found["findings"])
    if job["kind"] != "saved" or job["mpi"] == "none" or job["share"] < 0.2:
        return
    found["must_tell"] += 1  # since its own first state was there for a while
    if " -n " not in ended.stderr or "go on with: mpi" not in ended.stderr:
        found["findings"].append(f"it does not say how to go on: {ended.stderr[-300:]}")


def count_kill(found, job):
    for key, name in (("kills", "victim"), ("moments", "kind"), ("launchers", "mpi")):
        found[key][job[name]] += 1


def try_once(place, task):
    """One result, over as many kills as the task has."""
    chance = random.Random(task)
    problem, every = chance.choice(PROBLEMS), chance.choice(EVERY)
    usual = place.find_usual(problem)
    found = begin_trial(NOTHING, problem, every, task)
    folder = place.make_folder()
    for left in range(chance.randint(1, MOST_KILLS), -1, -1):
        job = choose(chance, place, problem)
        seconds = place.seconds[job["mpi"]]
        delay_s = job["share"] * {"any": seconds, "saved": seconds / 2, "writing": 0.005}[job["kind"]]
        killer = RankKiller(place.program, job["rank"], job["kind"], delay_s, folder / "work/c") if left else None
        command = place.job(job["mpi"], job["ranks"], problem, job["device"], job["halo_steps"],
                            ["--checkpoint", "c", "--checkpoint-every", every, "--resume", "c"])
        ended = run_once(command, place.environment, folder, LIMIT_S, killer)
        place.clear()
        found["jobs"].append(f"{job['mpi']} {job['ranks']}")
        found["went_on" if find_step(ended.stderr) else "began_anew"] += 1
        if killer and killer.killed and (ended.status != 0 or not (folder / "work/out.npy").exists()):
            count_kill(found, job)
            judge_killed(ended, job, usual, folder, found)
            (folder / "work/out.npy").unlink(missing_ok=True)
            continue
        found["too_late"] += 1 if killer else 0
        place.seconds[job["mpi"]] += 0.3 * (ended.seconds - place.seconds[job["mpi"]])
        break
    judge_result(ended, folder, usual, found["findings"])
    return found


def main():
    options = parse(__doc__, "rank-kills", "rank-kills", "of the native device where there is no launcher")
    with tempfile.TemporaryDirectory(prefix="gf-") as options.temporary:  # paths of sockets must be short
        return make_trials(options, SCHEMA, NOTHING, JobPlace, try_once, "jobs")


if __name__ == "__main__":
    sys.exit(main())
