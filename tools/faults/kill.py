#!/usr/bin/env python3
"""Kills gpufare or one of its workers at random moments, and looks for what that leaves behind. See docs/fault-tests.md."""
import argparse
import datetime
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from files import write_whole  # noqa: E402
from judge import Judgement, claims_of, differences, is_native, judge_end, judge_files  # noqa: E402
from place import ROOT, Place  # noqa: E402
from scenes import BY_NAME, PATIENT_S, SCENES  # noqa: E402
from sweep import LIMIT_S, record  # noqa: E402
import observed  # noqa: E402
from observed import adopt_orphans, report_of, run_once, strange_files, torn_files  # noqa: E402

SCHEMA = "gpufare.kill-test/1"
MOST_FINDINGS = 200
VICTIMS = ("tool", "worker")
HEAVY_SHARE = 16


class Killer:
    """Kills the victim so many seconds after the start; a worker that is not there yet, as soon as it is."""

    def __init__(self, victim, moment_s):
        self.victim, self.moment_s, self.killed = victim, moment_s, 0
        self.waited = False

    @staticmethod
    def children_of(pid):
        found = []
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                    found += [int(word) for word in file.read().split()]
        except OSError:
            pass
        return found

    def __call__(self, pid):
        if not self.waited:
            self.waited = True
            return self.moment_s
        victims = [pid] if self.victim == "tool" else self.children_of(pid)
        for victim in victims:
            try:
                os.kill(victim, signal.SIGKILL)
                self.killed += 1
            except ProcessLookupError:
                pass
        return None if self.killed else 0.001


def judge_kill(judgement, scene, folder, outcome, killer, usual):
    """The killed run: what it promises whatever happens."""
    for orphan in outcome.orphans:
        judgement.found(f"a process is left: {orphan}")
    if killer.victim == "tool":
        for name in torn_files(folder, scene.files):
            judgement.found(f"torn: {name}")
        if outcome.status not in (0, -signal.SIGKILL):
            judgement.found(f"exit status {outcome.status}")
        return
    judge_end(judgement, scene, outcome)
    judge_files(judgement, scene, folder, outcome)
    report = report_of(folder)
    changes = differences(usual["claims"], claims_of(scene, report)) if report is not None else []
    for path, wanted, got in changes:
        if is_native(path):
            judgement.found(f"a native row changed: {path}: {wanted} -> {got}")
    told = "SIGKILL" in outcome.stdout + outcome.stderr + str(report)
    if outcome.status == 0 and changes and not told:
        judgement.found(f"exit status 0, but changed: {changes[0]}")


def judge_next(judgement, scene, folder, outcome, usual):
    """The next run, with what the killed one left in the store and in the folders."""
    report = report_of(folder)
    if outcome.status != 0 or report is None:
        judgement.found(f"the next run: exit status {outcome.status}: {(outcome.stderr or outcome.stdout)[-200:]}")
        return
    for change in differences(usual["claims"], claims_of(scene, report))[:1]:
        judgement.found(f"the next run: {change}")
    for name in torn_files(folder, scene.files):
        judgement.found(f"the next run: torn: {name}")
    for orphan in outcome.orphans:
        judgement.found(f"the next run: a process is left: {orphan}")


def kind_of_rest(name):
    """tmp/gpufare-drivers-XXXXXX: a private folder; work/...: a report that was being written; cache/...: a saved file."""
    return name.split("/")[0]


def try_kill(place, folder, usual, task, usual_s):
    scene = BY_NAME[task["scene"]]
    killer = Killer(task["victim"], task["moment"] * usual_s)
    place.make_folder(folder, scene)
    command = scene.command(place.gpufare, PATIENT_S)
    environment = place.environment(scene, folder, deadline_s=PATIENT_S)
    outcome = run_once(command, environment, folder, LIMIT_S, killer)
    judgement = Judgement()
    judge_kill(judgement, scene, folder, outcome, killer, usual)
    left = strange_files(folder, scene.files)
    following = run_once(command, environment, folder, LIMIT_S)
    judge_next(judgement, scene, folder, following, usual)
    left_after = strange_files(folder, scene.files)
    return {**task, "findings": judgement.findings, "status": outcome.status, "killed": killer.killed,
            "left": [kind_of_rest(name) for name in left], "left_after": [kind_of_rest(name) for name in left_after],
            "next_seconds": following.seconds, "said": (outcome.stderr or outcome.stdout)[-300:]}


def slot(place, folder, usual, tasks, results):
    adopt_orphans()
    seconds = {name: found["seconds"] for name, found in usual.items()}
    for task in iter(tasks.get, None):
        name = task["scene"]
        try:
            result = try_kill(place, folder, usual[name], task, seconds[name])
            # So long as runs take at present: the machine may be busier than when it was recorded.
            seconds[name] += 0.3 * (result["next_seconds"] - seconds[name])
        except Exception as error:  # the test goes on, and says so
            result = {**task, "findings": [f"not judged: {error!r}"], "status": None, "killed": 0, "left": [],
                      "left_after": [], "said": ""}
        results.put(result)


def task_number(number, names, seed):
    chance = random.Random(f"{seed}/{number}")
    name = chance.choice(names)
    while BY_NAME[name].heavy and chance.randrange(HEAVY_SHARE) > 0:
        name = chance.choice(names)
    return {"scene": name, "victim": chance.choice(VICTIMS), "moment": chance.random(), "number": number}


def new_document(options):
    return {"schema": SCHEMA, "date": datetime.date.today().isoformat(), "seed": options.seed, "goal_kills": options.goal,
            "tries": 0, "kills": {victim: 0 for victim in VICTIMS}, "too_late": 0, "complete": False, "scenes": {},
            "left_by_kill": {}, "left_after_next_run": {}, "finding_count": 0, "findings": []}


def add(document, result):
    document["tries"] += 1
    document["kills" if result["killed"] else "too_late"] = (
        {**document["kills"], result["victim"]: document["kills"][result["victim"]] + 1} if result["killed"]
        else document["too_late"] + 1)
    document["scenes"][result["scene"]] = document["scenes"].get(result["scene"], 0) + 1
    for table, key in (("left_by_kill", "left"), ("left_after_next_run", "left_after")):
        for kind in set(result[key]):
            document[table][kind] = document[table].get(kind, 0) + 1
    if result["findings"]:
        document["finding_count"] += 1
        if len(document["findings"]) < MOST_FINDINGS:
            document["findings"].append({key: result[key] for key in ("scene", "victim", "moment", "number", "status",
                                                                      "findings", "said")})


def kill_all(place, options, usual, document, path, say):
    tasks, results = multiprocessing.Queue(), multiprocessing.Queue()
    slots = [multiprocessing.Process(target=slot, args=(place, place.work / f"kill{i}", usual, tasks, results))
             for i in range(options.jobs)]
    for process in slots:
        process.start()
    first, end, saved = document["tries"], time.monotonic() + options.seconds, time.monotonic()
    given = taken = 0
    try:
        while taken < given or time.monotonic() < end and given < options.runs:
            while given < taken + 2 * options.jobs and time.monotonic() < end and given < options.runs:
                tasks.put(task_number(first + given, list(usual), options.seed))
                given += 1
            result = results.get()
            taken += 1
            add(document, result)
            for finding in result["findings"]:
                say(f"{result['number']} {result['scene']} {result['victim']}: {finding}")
            if path is not None and time.monotonic() - saved > 10:
                saved = time.monotonic()
                write_whole(path, json.dumps(document, indent=1, sort_keys=True) + "\n")
    except KeyboardInterrupt:
        say("interrupted")
    for _ in slots:
        tasks.put(None)
    for process in slots:
        process.join(timeout=60)
        process.kill()


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build-release"), help="the build folder that is tried")
    parser.add_argument("--work", help="folder for stores and runs; default: BUILD/faults")
    parser.add_argument("--driver", default="tiny", choices=("tiny", "system"), help="the tests' own driver, which starts "
                        "quickly, or those that are installed")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, default=10**9, help="at most so many more")
    parser.add_argument("--goal", type=int, default=10000, help="only noted in the file")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scene", action="append", choices=list(BY_NAME), help="only these")
    parser.add_argument("--untimed", action="store_true", help="orphans may take longer to end, on a machine that others "
                        "use")
    parser.add_argument("--anew", action="store_true", help="don't go on from the file")
    parser.add_argument("--json", help="default: docs/measurements/DATE-kill-test.json; - for none")
    return parser.parse_args()


def main():
    options = parse()

    def say(line):
        print(line, flush=True)
    place = Place(options.build, options.work or os.path.join(options.build, "faults"), options.driver)
    scenes = [scene for scene in SCENES if options.scene is None or scene.name in options.scene]
    usual, _ = record(place, scenes, say)
    if options.untimed:
        observed.ORPHAN_S *= 20
    document, path = new_document(options), None
    if options.json != "-":
        path = Path(options.json or ROOT / f"docs/measurements/{datetime.date.today().isoformat()}-kill-test.json")
        if path.exists() and not options.anew:
            old = json.loads(path.read_text())
            if old["schema"] == SCHEMA and old["seed"] == options.seed:
                document = old
    kill_all(place, options, usual, document, path, say)
    kills = sum(document["kills"].values())
    document["complete"] = kills >= document["goal_kills"]
    if path is not None:
        write_whole(path, json.dumps(document, indent=1, sort_keys=True) + "\n")
    say(f"{kills} of {document['goal_kills']} kills, {document['finding_count']} with findings; left by kills: "
        f"{document['left_by_kill']}, after the next run: {document['left_after_next_run']}")
    return 1 if document["finding_count"] else 0


if __name__ == "__main__":
    sys.exit(main())
