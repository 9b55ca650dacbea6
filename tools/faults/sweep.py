#!/usr/bin/env python3
"""Runs every command while the OpenCL driver fails in every way, and judges what comes of it. See docs/fault-tests.md."""
import argparse
import datetime
import json
import multiprocessing
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from files import write_whole  # noqa: E402
from judge import ACTIONS, NO_END, calls_that_give_back, claims_of, judge  # noqa: E402
from place import CODES, ROOT, Place, called_functions, read_layer_log  # noqa: E402
from scenes import BY_NAME, PATIENT_S, SCENES  # noqa: E402
import observed  # noqa: E402
from observed import adopt_orphans, report_of, run_once  # noqa: E402

SCHEMA = "gpufare.fault-sweep/1"
LIMIT_S = 60  # counted; no run should come near it
MOST_FINDINGS = 300
HEAVY_PASSES = 24  # a heavy scene has each combination in one of so many passes
KINDS = [str(code) for code in CODES] + list(ACTIONS)


# ---- Which runs

def combinations(scenes, usual):
    """Every call that the command makes, with every code once and always, and every end of the process."""
    return [(scene.name, function, kind, always) for scene in scenes for function in sorted(usual[scene.name]["calls"])
            for kind in KINDS for always in ((False, True) if kind in CODE_KINDS else (False,))]


CODE_KINDS = {str(code) for code in CODES}


def list_of_pass(all_combinations, seed, number):
    chosen = [c for place, c in enumerate(all_combinations)
              if not BY_NAME[c[0]].heavy or place % HEAVY_PASSES == number % HEAVY_PASSES]
    random.Random(f"{seed}/{number}").shuffle(chosen)
    return chosen


def fault_text(combination, usual, seed, number, place):
    """FUNCTION:N:KIND. The first call, the last one and any between are as likely."""
    scene, function, kind, always = combination
    count = usual[scene]["calls"][function]
    chance = random.Random(f"{seed}/{number}/{place}")
    call = chance.choice([1, count, chance.randint(1, count)])
    if always:
        call = chance.choice([1, call])
    return f"{function}:{call}{'+' if always else ''}:{kind}"


# ---- One run

def try_fault(place, folder, usual, task):
    scene, fault = BY_NAME[task["scene"]], task["fault"]
    place.make_folder(folder, scene)
    outcome = run_once(scene.command(place.gpufare), place.environment(scene, folder, fault), folder, LIMIT_S)
    log = read_layer_log(folder / "layer.log")
    judgement = judge(scene, fault.split(":"), outcome, folder, log, usual[scene.name])
    if task.get("untimed"):
        judgement.findings = [finding for finding in judgement.findings if not finding.startswith("took ")]
    return {**task, "kind": judgement.kind, "findings": judgement.findings, "status": outcome.status,
            "seconds": round(outcome.seconds, 2), "said": (outcome.stderr or outcome.stdout)[-300:]}


def try_patiently(place, folder, usual, task):
    """Where other programs have the processor, a run that did not end is tried once more before it is a finding."""
    result = try_fault(place, folder, usual, task)
    if task.get("untimed") and NO_END in result["findings"]:
        result = {**try_fault(place, folder, usual, task), "tried_again": True}
    return result


def slot(place, folder, usual, tasks, results):
    adopt_orphans()
    for task in iter(tasks.get, None):
        try:
            results.put(try_patiently(place, folder, usual, task))
        except Exception as error:  # the sweep goes on, and says so
            results.put({**task, "kind": "not judged", "findings": [f"not judged: {error!r}"], "status": None,
                         "seconds": 0, "said": ""})


# ---- What is usual

def undisturbed(place, scene, folder):
    """The run without a fault: claims, calls, time."""
    place.make_folder(folder, scene)
    environment = place.environment(scene, folder, listing=True, deadline_s=PATIENT_S)
    outcome = run_once(scene.command(place.gpufare, PATIENT_S), environment, folder, 10 * LIMIT_S)
    log = read_layer_log(folder / "layer.log")
    report = report_of(folder)
    if outcome.status != 0 or report is None or not log["loaded"]:
        raise SystemExit(f"{scene.name} without a fault: exit status {outcome.status}\n{outcome.stdout}{outcome.stderr}")
    return {"claims": claims_of(scene, report), "calls": log["calls"],
            "given_back": calls_that_give_back(log["order"]), "counted": outcome.counted,
            "seconds": outcome.seconds, "wraps": sorted(log["wraps"])}


def record(place, scenes, say):
    usual = {}
    for scene in scenes:
        kept = place.work / f"usual-{scene.name}-{place.key}.json"
        place.warm_up(scene, say)
        if not kept.exists():
            write_whole(kept, json.dumps(undisturbed(place, scene, place.work / "undisturbed")))
        usual[scene.name] = json.loads(kept.read_text())
        say(f"{scene.name}: {usual[scene.name]['seconds']:.2f} s, {sum(usual[scene.name]['calls'].values())} calls of "
            f"{len(usual[scene.name]['calls'])} functions")
    called = set().union(*(set(found["calls"]) for found in usual.values()))
    wrapped = set().union(*(set(found["wraps"]) for found in usual.values()))
    missing = called_functions(place.worker) - wrapped
    if missing:
        raise SystemExit(f"the layer does not know of {', '.join(sorted(missing))}, which the worker calls")
    return usual, sorted(called_functions(place.worker) - called)


# ---- The tally

class Tally:
    """What is known of all runs so far; the file is complete at any time."""

    def __init__(self, options, path):
        self.path, self.options = path, options
        self.document = {"schema": SCHEMA, "date": datetime.date.today().isoformat(), "seed": options.seed, "pass": 0,
                         "done_of_pass": 0, "complete": False, "goal_runs": options.goal, "runs": 0, "sanitized_runs": 0,
                         "untimed_runs": 0,
                         "outcomes": {}, "scenes": {}, "functions": {}, "kinds": {}, "finding_count": 0, "findings": [],
                         "not_called": []}
        if path is not None and path.exists() and not options.anew:
            old = json.loads(path.read_text())
            if old["schema"] == SCHEMA and old["seed"] == options.seed:
                self.document = old
        self.saved = time.monotonic()

    def count(self, table, key, outcome):
        row = self.document[table].setdefault(key, {})
        row[outcome] = row.get(outcome, 0) + 1

    def add(self, result):
        document = self.document
        document["runs"] += 1
        document["sanitized_runs"] += self.options.sanitized
        document["untimed_runs"] = document.get("untimed_runs", 0) + self.options.untimed
        document["tried_again"] = document.get("tried_again", 0) + result.get("tried_again", False)
        document["outcomes"][result["kind"]] = document["outcomes"].get(result["kind"], 0) + 1
        function, call, kind = result["fault"].split(":")
        self.count("scenes", result["scene"], result["kind"])
        self.count("functions", function, result["kind"])
        self.count("kinds", kind + (" always" if call.endswith("+") else ""), result["kind"])
        if result["findings"]:
            document["finding_count"] += 1
            if len(document["findings"]) < MOST_FINDINGS:
                document["findings"].append({key: result[key] for key in ("scene", "fault", "findings", "status",
                                                                          "seconds", "said")})
        if time.monotonic() - self.saved > 10:
            self.save()

    def save(self):
        self.saved = time.monotonic()
        if self.path is not None:
            write_whole(self.path, json.dumps(self.document, indent=1, sort_keys=True) + "\n")


# ---- The sweep

def tasks_from(tally, all_combinations, usual, seed):
    """Endless; each with its pass and its place in it."""
    number, done = tally.document["pass"], tally.document["done_of_pass"]
    while True:
        chosen = list_of_pass(all_combinations, seed, number)
        for place in range(done, len(chosen)):
            yield {"scene": chosen[place][0], "fault": fault_text(chosen[place], usual, seed, number, place),
                   "pass": number, "place": place, "of": len(chosen)}
        number, done = number + 1, 0


def note_place(document, finished):
    """Goes on behind the longest run of finished tasks."""
    while (document["pass"], document["done_of_pass"]) in finished:
        length = finished.pop((document["pass"], document["done_of_pass"]))
        document["done_of_pass"] += 1
        if document["done_of_pass"] == length:
            document["pass"], document["done_of_pass"] = document["pass"] + 1, 0


def sweep(place, options, usual, tally, say):
    tasks, results = multiprocessing.Queue(), multiprocessing.Queue()
    slots = [multiprocessing.Process(target=slot, args=(place, place.work / f"slot{i}", usual, tasks, results))
             for i in range(options.jobs)]
    for process in slots:
        process.start()
    source = tasks_from(tally, combinations([BY_NAME[name] for name in usual], usual), usual, options.seed)
    end, given, taken, finished = time.monotonic() + options.seconds, 0, 0, {}
    interrupted = False
    try:
        while taken < given or time.monotonic() < end and given < options.runs:
            while given < taken + 2 * options.jobs and time.monotonic() < end and given < options.runs:
                tasks.put({**next(source), "untimed": options.untimed})
                given += 1
            result = results.get()
            taken += 1
            finished[(result["pass"], result["place"])] = result["of"]
            note_place(tally.document, finished)
            tally.add(result)
            for finding in result["findings"]:
                say(f"{result['scene']} {result['fault']}: {finding}")
            if taken % 500 == 0:
                say(f"{tally.document['runs']} runs, {tally.document['finding_count']} with findings")
    except KeyboardInterrupt:
        interrupted = True
    for _ in slots:
        tasks.put(None)
    for process in slots:
        process.join(timeout=0 if interrupted else 60)
        process.kill()
    return taken


def one(place, options, usual, say):
    """A single fault again, as a finding names it: SCENE FUNCTION:N:KIND."""
    scene, fault = options.one
    adopt_orphans()
    task = {"scene": scene, "fault": fault}
    result = try_fault(place, place.work / "one", usual, task)
    say(json.dumps(result, indent=1))
    return 1 if result["findings"] else 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=str(ROOT / "build-release"), help="the build folder that is tried")
    parser.add_argument("--work", help="folder for stores and runs; default: BUILD/faults")
    parser.add_argument("--driver", default="tiny", choices=("tiny", "system"), help="the driver that fails: the tests' "
                        "own, which starts quickly, or those that are installed")
    parser.add_argument("--sanitized", action="store_true", help="the build has sanitizers, whose reports are findings")
    parser.add_argument("--seconds", type=float, default=60, help="of the sweep, without what it prepares")
    parser.add_argument("--runs", type=int, default=10**9, help="at most so many more")
    parser.add_argument("--goal", type=int, default=50000, help="only noted in the file")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scene", action="append", choices=list(BY_NAME), help="only these")
    parser.add_argument("--one", nargs=2, metavar=("SCENE", "FAULT"), help="this fault only, such as run "
                        "clFinish:1:-5; leaves its folder")
    parser.add_argument("--untimed", action="store_true", help="late ends are no findings, on a machine that others use")
    parser.add_argument("--anew", action="store_true", help="don't go on from the file")
    parser.add_argument("--json", help="default: docs/measurements/DATE-fault-sweep.json; - for none")
    return parser.parse_args()


def main():
    options = parse()

    def say(line):
        print(line, flush=True)
    work = options.work or os.path.join(options.build, "faults")
    place = Place(options.build, work, options.driver, options.sanitized)
    scenes = [scene for scene in SCENES if options.scene is None or scene.name in options.scene]
    if options.one:
        scenes = [BY_NAME[options.one[0]]]
    usual, not_called = record(place, scenes, say)
    if options.one:
        return one(place, options, usual, say)
    path = None
    if options.json != "-":
        path = Path(options.json or ROOT / f"docs/measurements/{datetime.date.today().isoformat()}-fault-sweep.json")
    if options.untimed:
        observed.ORPHAN_S *= 20
    tally = Tally(options, path)
    if tally.document.get("of_scenes", list(usual)) != list(usual):  # whose runs are in another order
        tally.document.update({"pass": tally.document["pass"] + 1, "done_of_pass": 0})
    tally.document["of_scenes"] = list(usual)
    tally.document["not_called"] = not_called
    tally.document["calls"] = {name: found["calls"] for name, found in usual.items()}
    taken = sweep(place, options, usual, tally, say)
    document = tally.document
    document["complete"] = document["runs"] >= document["goal_runs"]
    tally.save()
    say(f"{taken} runs now, {document['runs']} of {document['goal_runs']} in all, {document['finding_count']} with "
        f"findings; outcomes: {document['outcomes']}")
    return 1 if document["finding_count"] else 0


if __name__ == "__main__":
    sys.exit(main())
